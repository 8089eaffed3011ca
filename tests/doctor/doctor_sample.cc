// Prints what `kedge doctor` prints on a device with three faults, for the pages that show it: the checks are
// real, done on a scene of the tests whose folders are then called as on a device. Usage: doctor_sample
// text|quiet|json|healthy
#include <cstdio>
#include <stdexcept>

#include "doctor/report.h"
#include "doctor/scene.h"

namespace kedge::doctor_test {
namespace {

constexpr size_t kColumns = 120;
constexpr int64_t kNow = 1'795'910'400'000;  // 2026-11-29 00:00 UTC

// What a kedge-link says whose broker takes everything.
constexpr char kProbe[] = R"sh(#!/bin/sh
case " $* " in
  *" --version "*) echo kedge-link KEDGE_VERSION ;;
  *" files "*)
    echo '{"check": "ca", "ok": true, "text": "the CA file is readable (CN=Amazon Root CA 1,O=Amazon,C=US)", "hint": "", "from": 1432598400, "until": 2147472000}'
    echo '{"check": "certificate", "ok": true, "text": "the certificate is valid until UNTIL (CN=AWS IoT Certificate)", "hint": "", "from": 1700000000, "until": SECONDS}'
    echo '{"check": "key", "ok": true, "text": "the private key is readable by the user of kedge-link alone and belongs to the certificate", "hint": ""}' ;;
  *)
    echo '{"check": "address", "ok": true, "text": "abc-ats.iot.eu-central-1.amazonaws.com has an address", "hint": ""}'
    echo '{"check": "tcp", "ok": true, "text": "abc-ats.iot.eu-central-1.amazonaws.com port 8883 answers", "hint": ""}'
    echo '{"check": "tls", "ok": true, "text": "TLS: the CA vouches for abc-ats.iot.eu-central-1.amazonaws.com, and the certificate is taken", "hint": ""}' ;;
esac
)sh";

int Main(const std::string& what) {
  Scene scene(Place{8883, "", "", ""});
  const bool is_healthy = what == "healthy";
  std::string probe = kProbe;
  Replace(probe, "KEDGE_VERSION", KEDGE_VERSION);
  Replace(probe, "UNTIL", is_healthy ? "2027-06-01" : "2026-12-10");
  Replace(probe, "SECONDS", is_healthy ? "1811808000" : "1796860800");
  scene.Configure("broker: {endpoint: abc-ats.iot.eu-central-1.amazonaws.com}");
  scene.io.device.kedge_link = scene.Script("bin/kedge-link", probe);
  scene.io.device.now = [] { return kNow; };
  if (!is_healthy) {
    scene.io.device.time_syncs = [](const std::string&) -> Result<std::vector<std::chrono::microseconds>> {
      std::vector<std::chrono::microseconds> times(14, std::chrono::milliseconds(310));
      times.push_back(std::chrono::milliseconds(1370));
      return times;
    };
    scene.Script("handlers/set-colour/run", "#!/bin/sh\n", 0777);
  }
  const json report = scene.Look();
  if (what == "json") {
    std::fputs((AsOnADevice(scene, report.dump(2)) + "\n").c_str(), stdout);
    return 0;
  }
  doctor::Io io;
  io.out = [](const std::string& text) { std::fputs(text.c_str(), stdout); };
  io.look.width = kColumns;
  doctor::Report page(io, false, what == "quiet");
  for (const json& line : report["checks"]) {
    doctor::Finding finding{line["id"], doctor::Level::kOk, AsOnADevice(scene, line["saw"]), "", ""};
    for (const doctor::Level level :
         {doctor::Level::kWarning, doctor::Level::kProblem, doctor::Level::kSkipped}) {
      if (line["level"] == doctor::ToString(level)) finding.level = level;
    }
    if (line["advice"].is_string()) finding.advice = AsOnADevice(scene, line["advice"]);
    if (line["command"].is_string()) finding.command = AsOnADevice(scene, line["command"]);
    page.Add(finding);
  }
  page.End("pi-1", "/etc/kedge/kedge.yaml");
  return 0;
}

}  // namespace
}  // namespace kedge::doctor_test

int main(int argc, char** argv) {
  const std::string what = argc == 2 ? argv[1] : "";
  if (what != "text" && what != "quiet" && what != "json" && what != "healthy") return 2;
  try {
    return kedge::doctor_test::Main(what);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
