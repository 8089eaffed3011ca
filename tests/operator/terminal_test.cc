#include "operator/terminal.h"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <time.h>

#include "operator/refit.h"
#include "operator/states.h"
#include "operator/times.h"

namespace kedge::op {
namespace {

TEST_CASE("a safe line keeps text and loses whatever steers a terminal") {
  CHECK(SafeLine("plain  text") == "plain  text");
  CHECK(SafeLine("a\tb") == "a    b");
  CHECK(SafeLine("a\x1b[31mb\x1b]0;title\x07") == "ab");
  CHECK(SafeLine("a\x1b]0;no end") == "a0;no end");
  CHECK(SafeLine("a\x1b") == "a");
  CHECK(SafeLine("a\r\nb\x7f\x08") == "ab");
  CHECK(SafeLine("\xc2\x9b"
                 "31m") == "31m");  // CSI as one C1 character
  CHECK(SafeLine("a\xe2\x80\xae"
                 "b\xe2\x81\xa6"
                 "c\xe2\x80\x8f") == "abc");  // overrides, isolates, marks
  CHECK(SafeLine("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80") == "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  CHECK(SafeLine("\xff\xc3") == "\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(SafeLine(std::string_view("a\0b", 3)) == "ab");
}

TEST_CASE("the last lines are the last ones, whole") {
  using Lines = std::vector<std::string>;
  CHECK(LastLines("", 3) == Lines{});
  CHECK(LastLines("\n\n", 3) == Lines{});
  CHECK(LastLines("a", 3) == Lines{"a"});
  CHECK(LastLines("a\nb\r\nc\n", 2) == Lines{"b", "c"});
  CHECK(LastLines("a\n\nc\n", 3) == Lines{"a", "", "c"});
}

TEST_CASE("columns are as wide as characters, not bytes") {
  Table table;
  table.Add({"\xc3\xa9\xc3\xa9", "x"});
  table.Add({"abcd", "y"});
  CHECK(table.Text() == "\xc3\xa9\xc3\xa9    x\nabcd  y\n");
}

TEST_CASE("lines are broken at blanks, beneath themselves, and never inside a word") {
  using Lines = std::vector<std::string>;
  CHECK(Wrap("", 10) == Lines{""});
  CHECK(Wrap("one two  three", 0) == Lines{"one two  three"});
  CHECK(Wrap("one two  three", 8) == Lines{"one two", "three"});
  CHECK(Wrap("one two  three", 3) == Lines{"one", "two", "three"});
  CHECK(Wrap("  indented stays", 11) == Lines{"  indented", "stays"});
  CHECK(Wrap("/a/path/that/is/longer x", 5) == Lines{"/a/path/that/is/longer", "x"});
  const Look look{.colour = true};
  CHECK(Wrap(Paint(look, Colour::kRed, "\xc3\xa9\xc3\xa9") + " bb", 5).size() == 1);
  Table table;
  table.Add({"a", "some words that are too many"});
  CHECK(table.Text({.width = 27}) == "a  some words that are too\n   many\n");
  CHECK(table.Text({.width = 20}) == "a  some words that are too many\n");  // too narrow to help
}

TEST_CASE("a last column without room stands beneath the others") {
  Table table;
  table.Add({"JOB", "STATUS", "WHAT"});
  table.Add({"a-job-with-a-name", "SUCCEEDED", "some words that are too many"});
  table.Add({"b", "FAILED", "few"});
  CHECK(table.Text({.width = 36}) ==
        "JOB                STATUS     WHAT\n"
        "a-job-with-a-name  SUCCEEDED\n"
        "    some words that are too many\n"
        "b                  FAILED     few\n");
  CHECK(table.Text({.width = 31}).find("\n    some words that are too\n    many\n") != std::string::npos);
}

TEST_CASE("a name that leaves the other columns no room stands above them") {
  Table table;
  table.Add({"JOB", "STATUS", "OFFERED", "WHAT"});
  table.Add({"a-job-with-a-very-long-name", "FAILED", "yesterday", "why"});
  table.Add({"b", "SUCCEEDED", "today", ""});
  CHECK(table.Text({.width = 40}) ==
        "JOB                 STATUS     OFFERED\n"
        "    WHAT\n"
        "a-job-with-a-very-long-name\n"
        "                    FAILED     yesterday\n"
        "    why\n"
        "b                   SUCCEEDED  today\n");
}

TEST_CASE("a help is wrapped anew where the terminal is narrower, but for its examples") {
  const std::string help =
      "A paragraph that was written for a wide\nterminal, in two lines.\n\n"
      "Options:\n"
      "  --one FILE  what it does in many words, and\n"
      "              in a second line\n"
      "  --two       little\n\n"
      "Examples:\n  kedge something --that is --rather --long\n  kedge more\n\nThe end.\n";
  CHECK(WrapLines("check     not shown: many words\n    seen\n    seen\n", 36) ==
        "check     not shown: many words\n    seen\n    seen\n");
  CHECK(WrapLines("check     not shown: many words\n    seen here or\n    seen there\n", 35) ==
        "check     not shown: many words\n    seen here or\n    seen there\n");
  CHECK(WrapLines("check     not shown: too many words\n    seen here or\n    seen there\n", 34) ==
        "check     not shown: too many\n          words\n    seen here or\n    seen there\n");
  CHECK(Refit(help, 0) == help);
  CHECK(Refit(help, 46) == help);
  CHECK(Refit(help, 40) ==
        "A paragraph that was written for a wide\nterminal, in two lines.\n\n"
        "Options:\n"
        "  --one FILE  what it does in many\n"
        "              words, and in a second\n"
        "              line\n"
        "  --two       little\n\n"
        "Examples:\n  kedge something --that is --rather --long\n  kedge more\n\nThe end.\n");
}

TEST_CASE("a bar is full at 100") {
  CHECK(Bar(0) == "[--------------------]");
  CHECK(Bar(49) == "[#########-----------]");
  CHECK(Bar(100) == "[####################]");
  CHECK(Bar(1000) == Bar(100));
  CHECK(Bar(-5) == Bar(0));
}

TEST_CASE("times that people write") {
  setenv("TZ", "Europe/Berlin", 1);
  tzset();
  CHECK(ParseTime("2026-11-25 03:54:11", 0) == kWall);
  CHECK(ParseTime("2026-11-25T03:54:11", 0) == kWall);
  CHECK(ParseTime("2026-11-25 03:54", 0) == kWall - 11'000);
  CHECK(ParseTime("2026-11-25", 0) == kWall - (3 * 3600 + 54 * 60 + 11) * 1000);
  CHECK(ParseTime("2026-11-25T02:54:11Z", 0) == kWall);
  CHECK(ParseTime("2026-11-25T02:54:11.007Z", 0) == kWall + 7);
  CHECK(ParseTime("today", kWall) == ParseTime("2026-11-25", 0));
  CHECK(ParseTime("yesterday", kWall) == ParseTime("2026-11-24", 0));
  CHECK(ParseTime("now", kWall) == kWall);
  CHECK(ParseTime("90s", kWall) == kWall - 90'000);
  CHECK(ParseTime("2h", kWall) == kWall - 7'200'000);
  CHECK(ParseTime("1w", kWall) == kWall - 7LL * 86'400'000);
  // Through the night in which clocks go back.
  CHECK(ParseTime("2026-10-26", 0).value() - ParseTime("2026-10-25", 0).value() == 25 * 3'600'000);
  for (const char* text : {"", "soon", "2h ago", "-2h", "2026-02-30", "2026-11-25 25:00", "2026-11-25 ",
                           "25:00", "2026-11-25 03:54:11 x", "99999999h", "2026-13-01"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseTime(text, kWall).has_value());
  }
  setenv("TZ", "UTC", 1);
  tzset();
}

TEST_CASE("times are local with seconds for people, UTC for programs") {
  setenv("TZ", "Europe/Berlin", 1);
  tzset();
  CHECK(LocalTime(kWall) == "2026-11-25 03:54:11");
  setenv("TZ", "UTC", 1);
  tzset();
  CHECK(LocalTime(kWall) == "2026-11-25 02:54:11");
  CHECK(LocalTime(0) == "-");
  CHECK(IsoTime(kWall + 7) == "2026-11-25T02:54:11.007Z");
  CHECK(IsoTime(0) == "");
  CHECK(IsoTime(-1) == "1969-12-31T23:59:59.999Z");
  CHECK(LocalTime(4'102'444'800'000) == "2100-01-01 00:00:00");  // beyond 2038
  CHECK(WallOf(IsoTime(kWall + 7)) == kWall + 7);
  for (const char* text : {"", "2026", "2026-13-01T00:00:00.000Z", "2026-11-25T02:54:11.007Z "})
    CHECK(WallOf(text) == 0);
}

TEST_CASE("a span has at most two units") {
  CHECK(Span(0) == "0.0s");
  CHECK(Span(12'345) == "12.3s");
  CHECK(Span(59'999) == "59.9s");
  CHECK(Span(123'000) == "2m 03s");
  CHECK(Span(3 * 3'600'000 + 7 * 60'000) == "3h 07m");
  CHECK(Span(5LL * 86'400'000 + 2 * 3'600'000) == "5d 02h");
  CHECK(Span(-1000) == "-1.0s");
}

}  // namespace
}  // namespace kedge::op
