// Where an exact way back cannot be kept, the device's owner decides: refuse the job, or do it and say that
// nobody can tell.
#include <doctest/doctest.h>

#include "field/field_case.h"

namespace kedge::field {
namespace {

// The version that is installed is in no source any more, so its .deb cannot be had.
const std::string kOrphan =
    "export DEBIAN_FRONTEND=noninteractive; dpkg --purge kedge-demo-orphan >/dev/null 2>&1;"
    "dpkg -i /srv/withheld/kedge-demo-orphan_1.0_all.deb >/dev/null && rm -f /var/cache/apt/archives/*.deb"
    " /var/cache/apt/pkgcache.bin";

TEST_CASE("without a way back a job is refused with the reason, and nothing is changed") {
  Field& field = TheField();
  REQUIRE(IsInstalled("handlers/install-packages/run"));
  field.device().Shell(kOrphan);
  Surveyor surveyor(field.device());
  const Census before = surveyor.Take({});
  const std::string job = NewJob("orphan");
  CHECK(RunJob(job, DocumentOf({HandlerStep("install-packages.sh", {"kedge-demo-orphan"})})) == "REJECTED");
  CHECK_MESSAGE(field.Reason(job).find("kedge-demo-orphan") != std::string::npos, field.Reason(job));
  const std::string guarded = NewJob("orphan-guarded");
  const json protect = {{"protect", {{"packages", {"kedge-demo-orphan"}}}}};
  CHECK(RunJob(guarded, DocumentOf({ShellStep("apt-get -y install kedge-demo-orphan", protect)})) ==
        "REJECTED");
  CHECK_MESSAGE(field.Reason(guarded).find("kedge-demo-orphan") != std::string::npos, field.Reason(guarded));
  const std::string differs = Differences(before, surveyor.Take({}));
  CHECK_MESSAGE(differs.empty(), differs);
}

TEST_CASE(
    "without a way back and with no_way_back: run it is done, told, and its undoing is not called safe") {
  Field& field = TheField();
  field.device().Shell(kOrphan);
  field.Configure("jobs: {no_way_back: run}");
  field.StartAgent();
  const json upgrade = HandlerStep("install-packages.sh", {"kedge-demo-orphan"});
  const std::string failing = NewJob("orphan-then-fails");
  CHECK(RunJob(failing, DocumentOf({upgrade, ShellStep("exit 1")})) == "FAILED");
  const bool is_back = field.device().Holds("dpkg-query -W kedge-demo-orphan | grep -q '1.0$'");
  CHECK_MESSAGE(field.Verdict(failing) != "safe", field.Story(failing));
  CHECK(!is_back);
  if (field.IsQuarantined()) field.device().Shell("kedge clear");

  field.device().Shell(kOrphan);
  const std::string good = NewJob("orphan");
  CHECK_MESSAGE(RunJob(good, DocumentOf({upgrade})) == "SUCCEEDED", field.Reason(good));
  CHECK(field.device().Holds("dpkg-query -W kedge-demo-orphan | grep -q '2.0$'"));
  CHECK_MESSAGE(field.service().Details(good).contains("no-way-back"), field.service().Details(good).dump());
  field.Configure("");
  field.StartAgent();
}

}  // namespace
}  // namespace kedge::field
