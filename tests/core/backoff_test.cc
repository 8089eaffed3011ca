#include "core/backoff.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <climits>
#include <cstdint>
#include <limits>
#include <random>

namespace kedge {
namespace {

using std::chrono::milliseconds;

constexpr Backoff kRetry{milliseconds(2000), milliseconds(120000), milliseconds(1000)};
constexpr double kAlmostOne = 0.999999999;

TEST_CASE("backoff: no failed attempt, no delay") {
  CHECK(BackoffDelay(kRetry, 0, 0.5) == milliseconds(0));
  CHECK(BackoffDelay(kRetry, -3, 0.5) == milliseconds(0));
}

TEST_CASE("backoff: the longest delay doubles with each attempt until the cap") {
  const int64_t ceilings[] = {2000, 4000, 8000, 16000, 32000, 64000, 120000, 120000};
  int attempt = 0;
  for (const int64_t ceiling : ceilings) {
    const int64_t delay = BackoffDelay(kRetry, ++attempt, kAlmostOne).count();
    CHECK(delay >= ceiling - 1);
    CHECK(delay <= ceiling);
  }
}

TEST_CASE("backoff: the jitter is full: it spreads evenly from the floor to the longest delay") {
  CHECK(BackoffDelay(kRetry, 3, 0.0) == milliseconds(1000));
  CHECK(BackoffDelay(kRetry, 3, 0.25) == milliseconds(1000 + 7000 / 4));
  CHECK(BackoffDelay(kRetry, 3, 0.5) == milliseconds(4500));
}

TEST_CASE("backoff: never sooner than the floor, even when the first delays are shorter than it") {
  const Backoff slow{milliseconds(100), milliseconds(60000), milliseconds(1000)};
  CHECK(BackoffDelay(slow, 1, 0.0) == milliseconds(1000));
  CHECK(BackoffDelay(slow, 1, kAlmostOne) == milliseconds(1000));
  CHECK(BackoffDelay(slow, 5, kAlmostOne).count() > 1500);
}

TEST_CASE("backoff: the largest attempts, times and random numbers do not overflow") {
  const milliseconds forever = milliseconds::max();
  CHECK(BackoffDelay(kRetry, INT_MAX, 0.5) == milliseconds(60500));
  CHECK(BackoffDelay({milliseconds(1), forever, milliseconds(0)}, INT_MAX, 1.0) == forever);
  CHECK(BackoffDelay({forever, forever, milliseconds(0)}, 2, kAlmostOne) > milliseconds(0));
  CHECK(BackoffDelay({forever, forever, forever}, 2, 0.5) == forever);
}

TEST_CASE("backoff: senseless settings give a delay that is still in range") {
  CHECK(BackoffDelay({milliseconds(0), milliseconds(60000), milliseconds(0)}, INT_MAX, 0.5) ==
        milliseconds(0));
  CHECK(BackoffDelay({milliseconds(-5), milliseconds(-7), milliseconds(-9)}, 4, 0.5) == milliseconds(0));
  CHECK(BackoffDelay(kRetry, 3, -1.0) == milliseconds(1000));
  CHECK(BackoffDelay(kRetry, 3, 7.0) == milliseconds(8000));
  CHECK(BackoffDelay(kRetry, 3, std::numeric_limits<double>::quiet_NaN()) == milliseconds(1000));
}

TEST_CASE("backoff: always between the floor and the larger of floor and cap") {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> unit(0, 1);
  std::uniform_int_distribution<int64_t> time(0, 1000000);
  for (int i = 0; i < 5000; ++i) {
    const Backoff backoff{milliseconds(time(random)), milliseconds(time(random)), milliseconds(time(random))};
    const milliseconds delay = BackoffDelay(backoff, 1 + i % 80, unit(random));
    REQUIRE(delay >= backoff.floor);
    REQUIRE(delay <= std::max(backoff.floor, backoff.cap));
  }
}

}  // namespace
}  // namespace kedge
