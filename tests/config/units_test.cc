#include <doctest/doctest.h>

#include <string>

#include "config_units.h"

namespace kedge {
namespace {

using std::chrono::milliseconds;

TEST_CASE("a duration is a number with a unit, or of seconds") {
  CHECK(ParseDuration("500ms") == milliseconds(500));
  CHECK(ParseDuration("10s") == milliseconds(10'000));
  CHECK(ParseDuration("10") == milliseconds(10'000));
  CHECK(ParseDuration("5m") == milliseconds(300'000));
  CHECK(ParseDuration("1h") == milliseconds(3'600'000));
  CHECK(ParseDuration("7d") == milliseconds(604'800'000));
  CHECK(ParseDuration("2.5") == milliseconds(2500));
  CHECK(ParseDuration("1.5h") == milliseconds(5'400'000));
  CHECK(ParseDuration("0.001s") == milliseconds(1));
  CHECK(ParseDuration("0") == milliseconds(0));
}

TEST_CASE("what is not a duration is none") {
  for (const char* text : {"",
                           "s",
                           ".",
                           ".5s",
                           "5.s",
                           "-1s",
                           "+1s",
                           "1 s",
                           "1S",
                           "1sec",
                           "1h30m",
                           "1e3",
                           "0x10",
                           "inf",
                           "nan",
                           "1.2.3",
                           "0.5ms",
                           "0.0001s",
                           "1ms ",
                           "99999999999999999999s",
                           "9223372036854775807d",
                           "10001d"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseDuration(text));
  }
}

TEST_CASE("a printed duration reads back as itself") {
  for (int64_t count :
       {0LL, 1LL, 999LL, 1000LL, 1500LL, 60'000LL, 90'000LL, 3'600'000LL, 86'400'000LL, 864'000'000'000LL}) {
    CAPTURE(PrintDuration(milliseconds(count)));
    CHECK(ParseDuration(PrintDuration(milliseconds(count))) == milliseconds(count));
  }
  CHECK(PrintDuration(milliseconds(90'000)) == "90s");
  CHECK(PrintDuration(milliseconds(1500)) == "1500ms");
}

TEST_CASE("a size is a number of bytes, of KiB or of MiB") {
  CHECK(ParseSize("0") == 0);
  CHECK(ParseSize("1000") == 1000);
  CHECK(ParseSize("64KiB") == 65536);
  CHECK(ParseSize("2MiB") == 2097152);
  // What a size_t cannot hold is refused, not cut.
  CHECK(ParseSize("4096MiB").has_value() == (sizeof(size_t) > 4));
  CHECK(PrintSize(65536) == "64KiB");
  CHECK(PrintSize(2097152) == "2MiB");
  CHECK(PrintSize(1000) == "1000");
  for (const char* text : {"", "KiB", "-1", "1.5MiB", "1kb", "1K", "9223372036854775807MiB"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseSize(text));
  }
}

}  // namespace
}  // namespace kedge
