#include "core/status_details.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "core/utf8.h"

namespace kedge {
namespace {

using namespace std::literals;

const std::string kEllipsis = "\u2026";

bool IsLegalKey(std::string_view key) {
  return !key.empty() && key.size() <= kMaxDetailKey &&
         key.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_-") ==
             key.npos;
}

bool IsLegalValue(std::string_view value) {
  if (value.empty() || value.size() > kMaxDetailValue) return false;
  while (!value.empty()) {
    const Utf8Char next = FirstUtf8Char(value);
    if (!next.valid || IsOtherCharacter(next.code_point)) return false;
    value.remove_prefix(next.bytes);
  }
  return true;
}

TEST_CASE("detail value: ordinary text of any language is untouched") {
  for (const std::string_view text :
       {"disk 93% full", "Fu\u00DFg\u00E4nger \u20AC5", "\u65E5\u672C", "\U0001F6A2"}) {
    CHECK(SafeDetailValue(text) == text);
  }
}

TEST_CASE("detail value: line ends and blanks become one space, none at the ends") {
  CHECK(SafeDetailValue("one\ntwo\r\n\r\n  three\t\tfour\n") == "one two three four");
  CHECK(SafeDetailValue("\n\n a\u2028b\u2029c") == "a b c");
  CHECK(SafeDetailValue("").empty());
  CHECK(SafeDetailValue(" \r\n\t\u200B").empty());
}

TEST_CASE("detail value: characters that the service refuses become a space") {
  CHECK(SafeDetailValue("a\0b\x1B[31mred\x7F"sv) == "a bred");
  CHECK(SafeDetailValue("a\u0085b\u00ADc\u200Fd\u202Ee\uFEFFf\uE000g\U000E0001h\uFDD0i") ==
        "a b c d e f g h i");
}

TEST_CASE("detail value: what a terminal takes for a command is left out") {
  CHECK(SafeDetailValue("\x1b[1;31mred\x1b[0m and \x1b[38;5;200mpink\x1b[m") == "red and pink");
  CHECK(SafeDetailValue("a\x1b[2K\x1b[1Ab") == "ab");
  CHECK(SafeDetailValue("\x1b]0;a title\x07"
                        "text\x1b]8;;http://x\x1b\\link") == "textlink");
  CHECK(SafeDetailValue("\x1b(Bplain\x1b=") == "plain");
  CHECK(SafeDetailValue("ends in \x1b") == "ends in");
  CHECK(SafeDetailValue("ends in \x1b[12;") == "ends in");
  CHECK(SafeDetailValue("a string without end \x1b]0;text goes on") == "a string without end 0;text goes on");
}

TEST_CASE("detail value: each invalid byte becomes U+FFFD") {
  CHECK(SafeDetailValue("caf\xE9 \xF0\x9F") == "caf\uFFFD \uFFFD\uFFFD");
}

TEST_CASE("detail value: a cut keeps the head or the tail, at a character, and is marked") {
  CHECK(SafeDetailValue("0123456789", Keep::kHead, 10) == "0123456789");
  CHECK(SafeDetailValue("0123456789x", Keep::kHead, 10) == "0123456" + kEllipsis);
  CHECK(SafeDetailValue("x0123456789", Keep::kTail, 10) == kEllipsis + "3456789");
  CHECK(SafeDetailValue("\u20AC\u20AC\u20AC\u20AC", Keep::kHead, 10) == "\u20AC\u20AC" + kEllipsis);
  CHECK(SafeDetailValue("\u20AC\u20AC\u20AC\u20AC", Keep::kTail, 10) == kEllipsis + "\u20AC\u20AC");
  CHECK(SafeDetailValue("012345 789ab", Keep::kHead, 10) == "012345" + kEllipsis);
  CHECK(SafeDetailValue("abc 567890", Keep::kTail, 9) == kEllipsis + "567890");
}

TEST_CASE("detail value: a limit too small for the mark or for a character is still kept") {
  CHECK(SafeDetailValue("abcdef", Keep::kHead, 3) == "abc");
  CHECK(SafeDetailValue("abcdef", Keep::kTail, 2) == "ef");
  CHECK(SafeDetailValue("\U0001F6A2\U0001F6A2", Keep::kHead, 3).empty());
  CHECK(SafeDetailValue("abc", Keep::kTail, 0).empty());
}

TEST_CASE("detail key: illegal characters become _, too long ones are cut, none is empty") {
  CHECK(SafeDetailKey("step:1_out-A") == "step:1_out-A");
  CHECK(SafeDetailKey("a b.c/\u00E4\n"sv) == "a_b_c____");
  CHECK(SafeDetailKey("") == "_");
  CHECK(SafeDetailKey(std::string(300, 'k')) == std::string(128, 'k'));
}

TEST_CASE("details: facts that fit are sent, empty ones are left out, nothing overflows") {
  const StatusDetails details =
      BuildStatusDetails({{"reason", "step 2 failed"}, {"stdout", ""}, {"stderr", "\n \n"}});
  CHECK(details.sent == DetailsMap{{"reason", "step 2 failed"}});
  CHECK(details.overflow.empty());
}

TEST_CASE("details: of more than ten facts the ten most important are sent, the others kept in full") {
  Facts facts;
  for (int i = 0; i < 13; ++i) facts.emplace_back("fact" + std::to_string(i), "value " + std::to_string(i));
  facts.insert(facts.begin() + 3, {"empty", ""});  // takes no place
  const StatusDetails details = BuildStatusDetails(facts);
  CHECK(details.sent.size() == 10);
  CHECK(details.sent.contains("fact0"));
  CHECK(details.sent.contains("fact9"));
  CHECK(details.overflow == Facts{{"fact10", "value 10"}, {"fact11", "value 11"}, {"fact12", "value 12"}});
}

TEST_CASE("details: a too long value is cut and marked, its whole text is kept") {
  const std::string reason = "first words " + std::string(2000, 'r');
  const std::string output = std::string(2000, 'o') + "\nlast words";
  const StatusDetails details =
      BuildStatusDetails({{"reason", reason}, {"stdout", output}, {"stderr", "short"}});
  CHECK(details.sent.at("reason").size() == kMaxDetailValue);
  CHECK(details.sent.at("reason").starts_with("first words"));
  CHECK(details.sent.at("reason").ends_with(kEllipsis));
  CHECK(details.sent.at("stdout").size() == kMaxDetailValue);
  CHECK(details.sent.at("stdout").starts_with(kEllipsis));
  CHECK(details.sent.at("stdout").ends_with("o last words"));
  CHECK(details.overflow == Facts{{"reason", reason}, {"stdout", output}});
}

TEST_CASE("details: a value of exactly 1024 bytes is sent whole") {
  const std::string whole(kMaxDetailValue, 'v');
  const StatusDetails details = BuildStatusDetails({{"v", whole}, {"w", whole + "\n"}});
  CHECK(details.sent == DetailsMap{{"v", whole}, {"w", whole}});
  CHECK(details.overflow.empty());
}

TEST_CASE("details: of two facts with one key the more important is sent, the other kept") {
  const StatusDetails details = BuildStatusDetails({{"a.b", "first"}, {"a/b", "second"}});
  CHECK(details.sent == DetailsMap{{"a_b", "first"}});
  CHECK(details.overflow == Facts{{"a_b", "second"}});
}

TEST_CASE("details: kept text is valid UTF-8, with its line ends") {
  Facts facts;
  for (int i = 0; i < 10; ++i) facts.emplace_back(std::to_string(i), "x");
  facts.emplace_back("raw", "a\n\xFF");
  CHECK(BuildStatusDetails(facts).overflow == Facts{{"raw", "a\n\uFFFD"}});
}

std::string RandomText(std::mt19937& random, size_t longest) {
  static constexpr std::string_view kPieces[] = {"a",        "%",      "\n",     " ",          "\0"sv,
                                                 "\u00E4",   "\u20AC", "\u200B", "\U0001F6A2", "\xFF",
                                                 "\xE2\x82", "\uE000", ":",      "Z9"};
  std::string text;
  const size_t length = random() % 4 == 0 ? random() % (longest + 1) : random() % 20;
  while (text.size() < length) text += kPieces[random() % std::size(kPieces)];
  return text;
}

TEST_CASE("details: whatever the facts, what is sent keeps every rule and nothing visible is lost") {
  std::mt19937 random(20240607);
  size_t cut = 0;
  for (int round = 0; round < 3000; ++round) {
    Facts facts;
    for (size_t i = random() % 16; i > 0; --i)
      facts.emplace_back(RandomText(random, 300), RandomText(random, 4000));
    const StatusDetails details = BuildStatusDetails(facts);

    REQUIRE(details.sent.size() <= kMaxDetails);
    for (const auto& [key, value] : details.sent) {
      REQUIRE(IsLegalKey(key));
      REQUIRE(IsLegalValue(value));
    }
    for (const auto& [key, value] : facts) {
      const std::string whole = SafeDetailValue(value, Keep::kHead, value.size() * 3);
      if (whole.empty()) continue;
      const auto sent = details.sent.find(SafeDetailKey(key));
      const bool kept = std::find(details.overflow.begin(), details.overflow.end(),
                                  std::pair(SafeDetailKey(key), ValidUtf8(value))) != details.overflow.end();
      REQUIRE((kept || (sent != details.sent.end() && sent->second == whole)));
      cut += kept ? 1 : 0;
    }
  }
  CHECK(cut > 1000);  // the test met what it is about
}

}  // namespace
}  // namespace kedge
