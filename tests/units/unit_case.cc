#include "units/unit_case.h"

#include <doctest/doctest.h>

#include "rig/files.h"

namespace kedge::units {
namespace {

const field::Device& TheDevice() { return TheField().device(); }

std::string Trimmed(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

HeldJob::HeldJob(const std::string& what, const json& more) : name_(NewJob(what)), more_(more) {}

void HeldJob::Start() {
  TheDevice().Shell("echo old >/srv/one; echo old >/srv/two; rm -f /srv/begun /srv/go");
  json second = {{"protect", {{"files", {"/srv/two"}}}}};
  second.update(more_);
  TheField().service().CreateJob(
      name_, field::DocumentOf(
                 {field::ShellStep("echo new >/srv/one", {{"protect", {{"files", {"/srv/one"}}}}}),
                  field::ShellStep(
                      "echo new >/srv/two; sync; touch /srv/begun; until [ -e /srv/go ]; do sleep 0.1; done",
                      second)}));
  TheField().rig().WaitUntil("the second step", [] { return rig::Exists(TheDevice().Path("/srv/begun")); });
}

void HeldJob::LetGo() { rig::WriteFile(TheDevice().Path("/srv/go"), ""); }

std::string HeldJob::Judge() {
  const std::string status = TheField().WaitForEnd(name_);
  TheField().WaitForRest(name_);
  const std::string story = TheField().Story(name_);
  const std::string wanted = status == "SUCCEEDED" ? "new\n" : "old\n";
  CHECK_MESSAGE(rig::ReadIfThere(TheDevice().Path("/srv/one")) == wanted, status << "\n" << story);
  CHECK_MESSAGE(rig::ReadIfThere(TheDevice().Path("/srv/two")) == wanted, status << "\n" << story);
  if (status != "SUCCEEDED") CHECK_MESSAGE(TheField().Verdict(name_) == "safe", story);
  CHECK_MESSAGE(TheField().TaskProcesses().empty(), story);
  return status;
}

std::string Property(const std::string& unit, const std::string& name) {
  return Trimmed(TheDevice().Run({"systemctl", "show", "--property=" + name, "--value", unit}).out);
}

bool IsActive(const std::string& unit) { return Property(unit, "ActiveState") == "active"; }

void DropIn(const std::string& unit, const std::string& text) {
  const std::string file = "/run/systemd/system/" + unit + ".d/test.conf";
  TheDevice().Shell(text.empty() ? "rm -f " + file + " && systemctl daemon-reload"
                                 : "mkdir -p /run/systemd/system/" + unit + ".d && cat >" + file +
                                       " <<'END'\n" + text + "END\nsystemctl daemon-reload");
}

rig::Finished RunAsNobody(std::vector<std::string> argv) {
  const std::vector<std::string> user = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"};
  argv.insert(argv.begin(), user.begin(), user.end());
  return TheDevice().Run(argv);
}

void WaitUntilActive(const std::string& unit) {
  TheField().rig().WaitUntil(unit + " is active", [&] { return IsActive(unit); });
}

void ForgetStarts() { TheDevice().Run({"systemctl", "reset-failed"}); }

}  // namespace kedge::units
