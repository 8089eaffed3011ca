#include "sys/clock.h"

#include <doctest/doctest.h>

#include <ctime>
#include <set>

namespace kedge::sys {
namespace {

TEST_CASE("boot time is CLOCK_BOOTTIME and never goes back") {
  timespec before{};
  clock_gettime(CLOCK_BOOTTIME, &before);
  const int64_t first = BootMillis();
  const int64_t second = BootMillis();
  CHECK(first >= int64_t{before.tv_sec} * 1000);
  CHECK(second >= first);
}

TEST_CASE("wall time is after this was written") { CHECK(WallMillis() > 1'700'000'000'000); }

TEST_CASE("the boot id is a UUID without a line end, and the same each time") {
  const auto id = BootId();
  REQUIRE(id);
  CHECK(id->size() == 36);
  CHECK(BootId().value() == *id);
}

TEST_CASE("random words have the length asked for, use the whole alphabet and differ") {
  CHECK(RandomWord(0).empty());
  CHECK(RandomWord(7).size() == 7);
  const std::string word = RandomWord(10000);
  CHECK(std::set<char>(word.begin(), word.end()).size() == 62);
  CHECK(RandomWord(20) != RandomWord(20));
}

TEST_CASE("random fractions are at least 0, less than 1, and spread") {
  bool low = false;
  bool high = false;
  for (int i = 0; i < 1000; ++i) {
    const double fraction = RandomFraction();
    REQUIRE(fraction >= 0.0);
    REQUIRE(fraction < 1.0);
    low = low || fraction < 0.1;
    high = high || fraction > 0.9;
  }
  CHECK(low);
  CHECK(high);
}

}  // namespace
}  // namespace kedge::sys
