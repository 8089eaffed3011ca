// Steps that wait: "try again later" with the service's signed URLs made anew, and steps that could cut the
// device off from the service.
#include <doctest/doctest.h>

#include <filesystem>

#include "rig/files.h"
#include "upgrade.h"

namespace kedge::e2e {
namespace {

using rig::json;

constexpr const char* kSoon =
    "jobs: {try_again: {base: 10ms, cap: 10ms, floor: 0ms}, connection_limit: 10s}\n";

// A device that is not patient: pauses are short.
void Start(Rig& rig) {
  rig.Configure(kSoon);
  rig.StartAgent();
}

// Job a ruins the certificate, and would be told by no service.
void CreateJobThatCutsOff(Rig& rig) {
  rig.Script("break", "echo nonsense > " + rig.certificate());
  rig.service().CreateJob("a", rig.Document({rig.Step("break", {},
                                                      {{"protect", {{"files", {rig.certificate()}}}},
                                                       {"onNoConnection", "rollback"},
                                                       {"connectionTimeoutSeconds", 10}})}));
}

TEST_CASE("a step that wants to be tried again gets the service's URLs with a new signature") {
  Rig rig({.start = false});
  Start(rig);
  const std::string urls = rig.Folder("urls");
  rig.Script("fetch", "echo \"$KEDGE_TRIES $2\" >> " + urls + "; [ \"$KEDGE_TRIES\" -gt 0 ] || exit 75");
  rig.service().CreateJob(
      "a",
      rig.Document({rig.Step(
          "fetch", {"${aws:iot:s3-presigned-url:https://s3.us-east-1.amazonaws.com/firmware/app.tgz}"})}),
      {{"presignedUrlConfig", {{"roleArn", "arn:aws:iam::123456789012:role/r"}, {"expiresInSec", 60}}}});
  rig.WaitForStatus("a", "SUCCEEDED");
  const std::vector<std::string> lines = rig::Lines(rig::ReadIfThere(urls));
  REQUIRE(lines.size() == 2);
  CAPTURE(lines[0]);
  CAPTURE(lines[1]);
  CHECK(lines[0].starts_with("0 http"));
  CHECK(lines[1].starts_with("1 http"));
  CHECK(lines[0].substr(2) != lines[1].substr(2));
  CHECK(lines[0].substr(2, lines[0].find('?')) == lines[1].substr(2, lines[1].find('?')));
}

// The URL is good for a minute, and the step before takes longer.
TEST_CASE("download-file, whose URL has expired by the time, fetches with the fresh one that it asks for") {
  Rig rig({.config = kSoon, .files = true});
  const std::string firmware = "the new firmware\n";
  std::filesystem::create_directory(rig.Folder("files/firmware"));
  rig::WriteFile(rig.Folder("files/firmware/app.bin"), firmware);
  const Gate gate(rig);
  json download = rig.Step("download-file.sh",
                           {"${aws:iot:s3-presigned-url:https://s3.us-east-1.amazonaws.com/firmware/app.bin}",
                            rig.Folder("device/app.bin")});
  download["action"]["input"]["path"] = "default";
  rig.service().CreateJob(
      "a", rig.Document({gate.Step(), download}),
      {{"presignedUrlConfig", {{"roleArn", "arn:aws:iam::123456789012:role/r"}, {"expiresInSec", 60}}}});
  gate.WaitUntilReached();
  rig.service().Must("POST", "/drydock/clock", R"({"jump_ms": 90000})");
  gate.Open();
  rig.WaitForStatus("a", "SUCCEEDED");
  CHECK(rig::ReadIfThere(rig.Folder("device/app.bin")) == firmware);
  const std::string story = rig.Show("a").dump();
  CAPTURE(story);
  CHECK(story.find("HTTP status 403 (a presigned URL may have expired); a fresh one is needed") !=
        std::string::npos);
  CHECK(story.find("X-Amz-") == std::string::npos);
}

TEST_CASE("killed in the pause the agent goes on with it in its next life, and nothing is undone") {
  Rig rig({.start = false});
  rig.Configure("jobs: {try_again: {base: 10m, cap: 10m, floor: 10m}}\n");  // only a restart ends the pause
  rig.StartAgent();
  const std::string file = rig.Folder("device/file");
  rig::WriteFile(file, "old\n");
  rig.Script("work", "echo \"$KEDGE_TRIES\" >> " + rig.Folder("calls") + "; echo new > " + file +
                         "; [ \"$KEDGE_TRIES\" -gt 0 ] || exit 75");
  rig.service().CreateJob("a", rig.Document({rig.Step("work", {}, {{"protect", {{"files", {file}}}}})}));
  rig.WaitUntil("the step waits",
                [&] { return rig.KedgeJson({"status"})["execution"]["phase"] == "pausing"; });
  CHECK(rig.StepProcesses().empty());
  CHECK(rig::ReadIfThere(file) == "new\n");
  rig.kedged().Kill();
  rig.kedged().Start();
  rig.WaitForStatus("a", "SUCCEEDED");
  CHECK(rig::ReadIfThere(rig.Folder("calls")) == "0\n1\n");
}

TEST_CASE("cancelled by force in the pause a job is undone at once") {
  Rig rig({.start = false});
  rig.Configure("jobs: {try_again: {base: 10m, cap: 10m, floor: 10m}}\n");
  rig.StartAgent();
  const std::string file = rig.Folder("device/file");
  rig::WriteFile(file, "old\n");
  rig.Script("work", "echo new > " + file + "; exit 75");
  rig.service().CreateJob("a", rig.Document({rig.Step("work", {}, {{"protect", {{"files", {file}}}}})}));
  rig.WaitUntil("the step waits",
                [&] { return rig.KedgeJson({"status"})["execution"]["phase"] == "pausing"; });
  rig.service().CancelExecution("a", {.force = true});
  rig.WaitUntil("the verdict", [&] { return rig.Verdict("a") == "safe"; });
  CHECK(rig::ReadIfThere(file) == "old\n");
}

TEST_CASE("a step that is tried again too often fails and is undone, with its own last words") {
  Rig rig({.start = false});
  Start(rig);
  rig.Script("never", "echo \"somebody holds the lock\" >&2; exit 75");
  rig.service().CreateJob("a", rig.Document({rig.Step("never")}));
  rig.WaitForStatus("a", "FAILED");
  CHECK(rig.service().Detail("a", "reason") ==
        "step 1/1 'never' wants to be tried again later, after 3 tries: somebody holds the lock");
}

TEST_CASE("a new certificate that works is kept: the service answers over a connection made with it") {
  Rig rig({.start = false});
  Start(rig);
  const std::string old = rig::ReadIfThere(rig.certificate());
  rig.IssueDeviceCertificate();
  const std::string renewed = rig::ReadIfThere(rig.certificate());
  REQUIRE(renewed != old);
  rig::WriteFile(rig.Folder("renewed.pem"), renewed);
  rig::WriteFile(rig.Folder("renewed.key"), rig::ReadIfThere(rig.key()));
  rig.Script("renew", "cat " + rig.Folder("renewed.pem") + " > " + rig.certificate() + " && cat " +
                          rig.Folder("renewed.key") + " > " + rig.key());
  rig.service().CreateJob(
      "a", rig.Document({rig.Step(
               "renew", {},
               {{"protect", {{"files", {rig.certificate(), rig.key()}}}}, {"onNoConnection", "rollback"}})}));
  rig.WaitForStatus("a", "SUCCEEDED");
  CHECK(rig::ReadIfThere(rig.certificate()) == renewed);
}

TEST_CASE("a certificate that does not connect is taken back, and the job ends FAILED and safe") {
  Rig rig({.start = false});
  Start(rig);
  const std::string before = rig::ReadIfThere(rig.certificate());
  CreateJobThatCutsOff(rig);
  rig.WaitForStatus("a", "FAILED");
  CHECK(rig.service().Detail("a", "reason").find("no connection to the service after step 1/1 'break'") == 0);
  CHECK(rig.service().Detail("a", "verdict") == "safe");
  CHECK(rig::ReadIfThere(rig.certificate()) == before);
  CHECK(rig.service().Statuses("a") == std::vector<std::string>{"IN_PROGRESS", "FAILED"});
  rig.RunsAJob("after");
}

TEST_CASE("a device that cut itself off turns back after a crash of the agent too") {
  Rig rig({.start = false});
  Start(rig);
  const std::string before = rig::ReadIfThere(rig.certificate());
  CreateJobThatCutsOff(rig);
  rig.WaitUntil("it waits for the service",
                [&] { return rig.KedgeJson({"status"})["execution"]["phase"] == "connecting"; });
  rig.kedged().Kill();
  rig.kedged().Start();
  rig.WaitForStatus("a", "FAILED");
  CHECK(rig.Verdict("a") == "safe");
  CHECK(rig::ReadIfThere(rig.certificate()) == before);
}

}  // namespace
}  // namespace kedge::e2e
