// What a step may take, what it leaves, and what it tells, with the whole of Kedge.
#include <doctest/doctest.h>

#include <fstream>

#include "upgrade.h"

namespace kedge::e2e {
namespace {

using rig::json;

std::string Text(const json& object, const char* name) { return object.value(name, ""); }

// The first event of this kind in the job's history; null when there is none.
json Event(Rig& rig, const std::string& job, const std::string& kind) {
  for (const json& event : rig.Show(job).value("history", json::array())) {
    if (Text(event, "event") == kind) return event;
  }
  return nullptr;
}

TEST_CASE("what a step tells reaches the service while it runs, and the last word is never lost") {
  Rig rig({.config = "service: {progress: 100ms}"});
  const std::string gate = rig.Folder("gate");
  const std::string script =
      rig.Script("telling",
                 "tell() { echo \"$1\" >&$KEDGE_STATUS_FD; }\n"
                 "tell progress=10; tell step=fetching; tell package=nginx; tell reason=mine\n"
                 "while [ ! -e " +
                     gate +
                     " ]; do sleep 0.02; done\n"
                     "tell progress=100; tell step=done; tell 'package=nginx 1.2'\n");
  rig.service().CreateJob("telling", rig.Document({rig.Step(script)}));
  rig.WaitUntil("progress at the service", [&] {
    const json details = rig.service().Details("telling");
    return Text(details, "progress") == "10" && Text(details, "step").ends_with(": fetching") &&
           Text(details, "package") == "nginx";
  });
  const json step = rig.KedgeJson({"status"})["execution"]["step"];
  CHECK(step["told"]["progress"] == "10");
  const std::string status = rig.Kedge({"status"}).out;
  CHECK(status.find("the step says 10 %\n") != std::string::npos);
  CHECK(status.find(" fetching\n") != std::string::npos);
  std::ofstream(gate) << "open";
  rig.WaitForStatus("telling", "SUCCEEDED");
  const json details = rig.service().Details("telling");
  CHECK(Text(details, "progress") == "100");
  CHECK(Text(details, "step").ends_with(": done"));
  CHECK(Text(details, "package") == "nginx 1.2");
  CHECK_FALSE(details.contains("reason"));
  CHECK(Text(Event(rig, "telling", "status-refused"), "text").find("the agent itself says this") !=
        std::string::npos);
}

TEST_CASE("what a step used and left running is in the history") {
  Rig rig;
  const std::string script = rig.Script(
      "leaving",
      "sleep 1000 & sleep 1000 & while [ \"$(pgrep -c -P $$ -x sleep)\" != 2 ]; do :; done; exit 0");
  rig.service().CreateJob("leaving", rig.Document({rig.Step(script)}));
  rig.WaitForStatus("leaving", "SUCCEEDED");
  const json ended = Event(rig, "leaving", "step-ended");
  CHECK(Text(ended, "text").find("2 processes were left and ended: sleep, sleep") != std::string::npos);
  CHECK(Text(ended, "text").find("took ") != std::string::npos);
  CHECK(ended["detail"]["wallMs"] >= 0);
  CHECK(rig.StepProcesses().empty());
}

TEST_CASE("what is kept runs on after the step and the job, and is ended before the job is undone") {
  Rig rig;
  const std::string keeps = rig.Script("keeps", "sleep 1000 & exit 0");
  const json leftovers{{"leftovers", "keep"}};
  rig.service().CreateJob("kept", rig.Document({rig.Step(keeps, {}, leftovers)}));
  rig.WaitForStatus("kept", "SUCCEEDED");
  CHECK(rig.StepProcesses().size() == 1);

  // Its own rollback looks whether it is alone.
  const std::string undone = rig.Folder("undone");
  rig.Script("kept2/run", "sleep 1001 & exit 0");
  rig.Script("kept2/rollback", "pgrep -f 'sleep 100[1]' >" + undone + "; exit 0");
  rig.service().CreateJob(
      "back", rig.Document({rig.Step("kept2", {}, leftovers), rig.Step(rig.Script("no", "exit 5"))}));
  rig.WaitForStatus("back", "FAILED");
  std::ifstream alive(undone);
  CHECK(alive);
  CHECK(alive.peek() == std::ifstream::traits_type::eof());
  CHECK(Text(Event(rig, "back", "stopped"), "text").ends_with("had left running is ended"));
}

TEST_CASE("a step that writes more than it may is ended, and says so") {
  Rig rig;
  const std::string script = rig.Script("wordy", "yes");
  rig.service().CreateJob("wordy",
                          rig.Document({rig.Step(script, {}, {{"limits", {{"outputBytes", 100000}}}})}));
  rig.WaitForStatus("wordy", "FAILED");
  CHECK(Text(rig.service().Details("wordy"), "ending") ==
        "wrote more than its limit of 97.7 KiB, and was ended");
}

TEST_CASE("a job has a limit of time over all its steps") {
  Rig rig;
  json document =
      rig.Document({rig.Step(rig.Script("first", "sleep 0.5")), rig.Step(rig.Script("second", "sleep 100"))});
  document["timeoutSeconds"] = 2;
  rig.service().CreateJob("long", document);
  rig.WaitForStatus("long", "FAILED");
  CHECK(Text(rig.service().Details("long"), "ending").ends_with("(what was left of the job's limit)"));
}

TEST_CASE("a grace of 0 for a step that ignores TERM: called off, it is gone at once") {
  Rig rig({.config = "process: {grace: 10m}"});
  const std::string script = rig.Script("deaf", "trap '' TERM; echo up; while :; do sleep 1; done");
  rig.service().CreateJob("deaf", rig.Document({rig.Step(script, {}, {{"graceSeconds", 0}})}));
  rig.WaitUntil("the step", [&] { return !rig.StepProcesses().empty(); });
  CHECK(rig.Kedge({"cancel", "--force", "deaf"}).status == 0);
  rig.WaitForStatus("deaf", "FAILED");
  CHECK(Text(rig.service().Details("deaf"), "ending") == "killed by signal 9 (KILL)");
}

TEST_CASE("what this kernel cannot hold is said in the status and once in the log") {
  Rig rig({.cgroups = false});
  const std::string notes = rig.KedgeJson({"status"})["notes"].dump();
  CHECK(notes.find("limits of memory and of processes, and CPU and I/O weights, are not held") !=
        std::string::npos);
  rig.RunsAJob("one");
  const std::string log = rig.Logs();
  const size_t said = log.find("are not held");
  CHECK(said != std::string::npos);
  CHECK(log.find("are not held", said + 1) == std::string::npos);
}

TEST_CASE("all output also goes to a file that rotates") {
  const std::string name = "all-output";
  Rig rig({.start = false});
  rig.Configure("process: {output_file: " + rig.Folder(name) +
                ", output_file_size: 64KiB, output_files: 2, keep_output: 1KiB}");
  rig.StartAgent();
  const std::string script = rig.Script("loud", "seq 1 20000; echo to stderr >&2");
  rig.service().CreateJob("loud", rig.Document({rig.Step(script)}));
  rig.WaitForStatus("loud", "SUCCEEDED");
  std::string all;
  CHECK(std::ifstream(rig.Folder(name) + ".1"));  // how many there are depends on how it was read
  for (const char* end : {".2", ".1", ""}) {
    std::ifstream file(rig.Folder(name) + end);
    all.append(std::istreambuf_iterator<char>(file), {});
  }
  CHECK(all.find("20000\n") != std::string::npos);
  CHECK(all.find("--- job loud#1 step 1 run stderr\nto stderr\n") != std::string::npos);
  CHECK(all.size() < 3 * 65536 + 4096);
}

}  // namespace
}  // namespace kedge::e2e
