#include <doctest/doctest.h>

#include "doctor/scene.h"

namespace kedge::doctor_test {

void FindsOnly(Scene& scene, const std::string& id, const std::string& level, const std::string& saw,
               const std::string& fix, const std::set<std::string>& skipped) {
  const json report = scene.Look();
  INFO(report.dump(1));
  CHECK(NotOk(report) == std::set<std::string>{id});
  const json line = LineOf(report, id);
  REQUIRE(line.is_object());
  CHECK(line["level"] == level);
  CHECK(Has(line["saw"], saw));
  CHECK_FALSE(line["advice"].get<std::string>().empty());
  CHECK((Has(line["advice"], fix) || Has(line["command"], fix)));
  CHECK(scene.status() == (level == "problem" ? 1 : 0));
  for (const std::string& one : Skipped(report)) {
    const bool may_be = skipped.count(one) != 0 || kNetwork.count(one) != 0;
    CHECK_MESSAGE(may_be, one << " is skipped as well");
  }
}

}  // namespace kedge::doctor_test
