// Nothing in a job's arguments becomes an option, a shell's word or somebody else's pattern: it is refused,
// and the device is as before.
#include <doctest/doctest.h>

#include "field/field_case.h"

namespace kedge::field {
namespace {

struct Attack {
  std::string handler;
  std::vector<std::string> args;
};

// What each of these would make, were it ever carried out.
const std::string kMark = "/opt/owned";

std::vector<Attack> Options() {
  std::vector<Attack> attacks;
  for (const char* handler :
       {"install-packages", "remove-packages", "verify-packages-installed", "verify-packages-removed"}) {
    for (const std::string& argument :
         {"-oDpkg::Pre-Invoke::=touch " + kMark, std::string("-oDpkg::Pre-Invoke::=touch${IFS}") + kMark,
          "kedge-demo-slow -oDpkg::Pre-Invoke::=touch\t" + kMark, std::string("--reinstall"),
          std::string("-y"), std::string("--"), std::string("--admindir=/opt"),
          std::string("-c=/opt/apt.conf"), std::string("--config-file=/opt/apt.conf")}) {
      attacks.push_back({handler, {argument}});
      attacks.push_back({handler, {"kedge-demo-slow", argument}});
    }
  }
  for (const char* handler : {"start-services", "stop-services", "restart-services"}) {
    for (const char* argument : {"--root=/opt", "one --root=/opt", "-H root@nowhere", "-M kedge-field",
                                 "--force", "--", "--user", "-"}) {
      attacks.push_back({handler, {argument}});
    }
  }
  attacks.push_back({"download-file", {"-o" + kMark, "/opt/x"}});
  attacks.push_back({"download-file", {"--config=/opt/curlrc", "/opt/x"}});
  attacks.push_back({"download-file", {"http://127.0.0.1/x", "-o" + kMark}});
  attacks.push_back({"run-command", {"-c", "touch " + kMark}});
  attacks.push_back({"set-config", {"--output=" + kMark, "set=a=b"}});
  attacks.push_back({"shutdown", {"-r"}});
  attacks.push_back({"shutdown", {"--no-wall"}});
  attacks.push_back({"health-check", {"--help"}});
  return attacks;
}

std::vector<Attack> Words() {
  std::vector<Attack> attacks;
  for (const std::string& argument :
       {"kedge-demo-slow;touch " + kMark, "$(touch " + kMark + ")", "`touch " + kMark + "`",
        "kedge-demo-slow|touch${IFS}" + kMark, std::string("kedge-demo-tool-"), std::string("kedge-demo-.*"),
        std::string("kedge-demo-*"), std::string("~nkedge-demo"), std::string("?installed"),
        std::string("./x.deb"), std::string("/srv/repository/x.deb"), std::string("kedge-demo-tool/stable"),
        std::string("../x"), std::string("KEDGE\nkedge-demo-slow")}) {
    attacks.push_back({"install-packages", {argument}});
    attacks.push_back({"remove-packages", {argument}});
  }
  for (const std::string& argument :
       {"one;touch " + kMark, "$(touch " + kMark + ")", std::string("*"), std::string("on?"),
        std::string("one*"), std::string("../one"), std::string("/etc/systemd/system/one.service"),
        std::string("kedged"), std::string("kedge-link.service"), std::string("one\ntwo;x")}) {
    attacks.push_back({"stop-services", {argument}});
    attacks.push_back({"restart-services", {argument}});
  }
  attacks.push_back({"download-file", {"http://127.0.0.1:1/x;touch " + kMark, "relative"}});
  attacks.push_back({"download-file", {"gopher://127.0.0.1/x", "/opt/x"}});
  attacks.push_back({"shutdown", {"now;touch " + kMark}});
  attacks.push_back({"health-check", {"unit=--root=/opt"}});
  attacks.push_back({"health-check", {"tcp=;touch " + kMark}});
  attacks.push_back({"health-check", {"url=-o" + kMark}});
  return attacks;
}

void Refuses(const std::vector<Attack>& attacks, bool before_it_is_accepted) {
  Field& field = TheField();
  field.device().Shell(
      "DEBIAN_FRONTEND=noninteractive apt-get -y -q install kedge-demo-tool >/dev/null;"
      "printf '[Service]\\nExecStart=/bin/sleep infinity\\n' >/etc/systemd/system/one.service;"
      "systemctl daemon-reload; systemctl start one");
  Surveyor surveyor(field.device());
  const Subject subject{.units = {"one.service", "kedge-link.service"}};
  const Census before = surveyor.Take(subject);
  int tried = 0;
  for (const Attack& attack : attacks) {
    if (!IsInstalled("handlers/" + attack.handler + "/run")) {
      MESSAGE("not tried, for this build has no " << attack.handler);
      continue;
    }
    const std::string job = NewJob("attack");
    const json document = DocumentOf({HandlerStep(attack.handler + ".sh", attack.args)});
    const std::string status = RunJob(job, document);
    const std::string what = attack.handler + " " + json(attack.args).dump();
    if (before_it_is_accepted) {
      CHECK_MESSAGE(status == "REJECTED", what << " ends " << status << ": " << field.Reason(job));
    } else {
      CHECK_MESSAGE((status == "REJECTED" || status == "FAILED"), what << " ends " << status);
    }
    CHECK_MESSAGE(!field.Reason(job).empty(), what);
    if (field.IsQuarantined()) {
      CHECK_MESSAGE(false, what << " puts the device in quarantine");
      field.device().Shell("kedge clear");
    }
    if (++tried % 10 == 0) {
      const std::string differs = Differences(before, surveyor.Take(subject));
      REQUIRE_MESSAGE(differs.empty(), "since the last ten, up to " << what << "\n" << differs);
    }
  }
  REQUIRE(tried > 0);
  const std::string differs = Differences(before, surveyor.Take(subject));
  CHECK_MESSAGE(differs.empty(), differs);
}

TEST_CASE("an argument that begins with a dash is refused before the job is accepted") {
  Refuses(Options(), true);
}

TEST_CASE("an argument that is no plain name does nothing") { Refuses(Words(), false); }

}  // namespace
}  // namespace kedge::field
