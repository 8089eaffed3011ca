// Deterministic fuzzing: whatever bytes come, ParseJobDocument answers with a document that keeps the
// header's promises or with a short, printable refusal. Run it under the sanitizers too.
#include <doctest/doctest.h>

#include <random>
#include <string>
#include <string_view>

#include "core/job_document.h"
#include "core/utf8.h"

namespace kedge {
namespace {

const std::string_view kSeeds[] = {
    R"({"version":"1.0","includeStdOut":true,"steps":[{"action":{"name":"a","type":"runHandler","runAsUser":"pi",)"
    R"("input":{"handler":"h.sh","args":["x","\u00e4","\ud83d\udea2"],"path":"default"},"allowStdErr":"3"}},)"
    R"({"action":{"name":"b","type":"runCommand","input":{"command":"echo,a\\,b, c"},"ignoreStepFailure":"true"}}],)"
    R"("finalStep":{"action":{"name":"c","type":"runHandler","input":{"handler":"health-check.sh"}}}})",
    R"({"version":"1.0","conditions":[],"steps":[{"action":{"name":"a","type":"runCommand","input":{"command":"a"},)"
    R"("rollback":{"command":"cp,a,b"},"verify":{"handler":"v","args":["1"]},"protect":{"files":["/a"],"services":)"
    R"(["s"]},"timeoutSeconds":5,"interruptible":false,"maxUninterruptibleSeconds":9,"onInterrupt":"retry"}}]})",
    R"({"operation":"install.sh","args":["tree"],"path":"default","includeStdOut":"true","allowStdErr":2})"};

const std::string_view kTokens[] = {"{",
                                    "}",
                                    "[",
                                    "]",
                                    ",",
                                    ":",
                                    "\"",
                                    "null",
                                    "true",
                                    "-1",
                                    "1e308",
                                    "1e999",
                                    "\\",
                                    "\\u0000",
                                    "\\ud800",
                                    "\xFF",
                                    "\xE2\x82",
                                    "\"action\":",
                                    "\"steps\":[",
                                    "\"version\":\"1.0\",",
                                    "[[[[[[[[",
                                    "{\"a\":{\"a\":",
                                    "9223372036854775808",
                                    "${aws:iot:parameter:x}",
                                    "\n",
                                    "//",
                                    "\"\""};

std::string Mutated(std::mt19937& random) {
  std::string text(kSeeds[random() % std::size(kSeeds)]);
  for (size_t edits = 1 + random() % 4; edits > 0 && !text.empty(); --edits) {
    const size_t at = random() % text.size();
    const size_t length = random() % 24;
    switch (random() % 7) {
      case 0:
        text[at] = static_cast<char>(random());
        break;
      case 1:
        text[at] = static_cast<char>(text[at] ^ (1 << (random() % 8)));
        break;
      case 2:
        text.erase(at, length);
        break;
      case 3:
        text.insert(at, text.substr(random() % text.size(), length));
        break;
      case 4:
        text.insert(at, kTokens[random() % std::size(kTokens)]);
        break;
      case 5:
        text.replace(at, length, kTokens[random() % std::size(kTokens)]);
        break;
      case 6:
        if (random() % 4 == 0) text.resize(at);
        break;
    }
  }
  if (random() % 50 == 0) text.insert(random() % (text.size() + 1), std::string(random() % 40000, '['));
  return text;
}

void CheckCommand(const Command& command) {
  if (command.kind == Command::Kind::kHandler) {
    REQUIRE_FALSE(command.handler.empty());
  } else {
    REQUIRE_FALSE(command.args.empty());
    REQUIRE_FALSE(command.args[0].empty());
  }
  for (const std::string& arg : command.args) {
    REQUIRE(arg.find('\0') == std::string::npos);
    REQUIRE(FindInvalidUtf8(arg) == std::string::npos);
  }
}

void CheckDocument(const JobDocument& document) {
  REQUIRE_FALSE(document.steps.empty());
  REQUIRE(document.steps.size() <= kMaxSteps);
  for (const Step& step : document.steps) {
    REQUIRE_FALSE(step.name.empty());
    CheckCommand(step.command);
    if (step.rollback) CheckCommand(*step.rollback);
    if (step.verify) CheckCommand(*step.verify);
    REQUIRE(step.allow_stderr_lines.value_or(0) >= 0);
    REQUIRE((!step.is_final || &step == &document.steps.back()));
    for (const auto& [guard, guarded] : step.protect) REQUIRE_FALSE((guard.empty() || guarded.empty()));
  }
}

TEST_CASE("job document: 20,000 mutated documents are each taken whole or refused in a short sentence") {
  std::mt19937 random(19700101);
  int taken = 0;
  for (int round = 0; round < 20000; ++round) {
    const std::string text = Mutated(random);
    const Result<JobDocument> document = ParseJobDocument(text);
    CAPTURE(text);
    if (document) {
      ++taken;
      CheckDocument(*document);
    } else {
      REQUIRE(document.error().kind == ErrorKind::kInvalid);
      REQUIRE_FALSE(document.error().message.empty());
      REQUIRE(document.error().message.size() < 400);
      REQUIRE(FindInvalidUtf8(document.error().message) == std::string::npos);
    }
  }
  // Both ways were taken often: neither half of this test is idle.
  CHECK(taken > 1000);
  CHECK(taken < 19000);
}

TEST_CASE("job document: noise without any structure is refused") {
  std::mt19937 random(42);
  for (int round = 0; round < 2000; ++round) {
    std::string text(random() % 300, '\0');
    for (char& byte : text) byte = static_cast<char>(random());
    REQUIRE_FALSE(ParseJobDocument(text).has_value());
  }
}

}  // namespace
}  // namespace kedge
