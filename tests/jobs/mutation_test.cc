// Good messages, damaged at random (always the same way: seeded). Whatever comes out, nothing falls over, and
// what is believed keeps the promises of replies.h.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <random>

#include "core/job_document.h"
#include "core/status_details.h"
#include "jobs/cancel.h"
#include "jobs/replies.h"
#include "samples.h"

namespace kedge::jobs {
namespace {

constexpr int kRounds = 20000;

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  size_t Below(size_t limit) { return std::uniform_int_distribution<size_t>(0, limit - 1)(random_); }

  std::string Mutate(std::string text) {
    for (size_t left = 1 + Below(2); left > 0; --left) Once(text);
    return text;
  }

 private:
  void Once(std::string& text) {
    static const std::vector<std::string> kPieces = {"null",
                                                     "{}",
                                                     "[]",
                                                     "\"\"",
                                                     "-1",
                                                     "1e400",
                                                     "1.5",
                                                     "18446744073709551616",
                                                     ",",
                                                     ":",
                                                     "{",
                                                     "}",
                                                     "[",
                                                     "]",
                                                     "\"",
                                                     "\\u0000",
                                                     "\\ud83d",
                                                     "\xff",
                                                     "\xc3\xa9",
                                                     "true",
                                                     "\"jobId\":7",
                                                     "$next",
                                                     "\"a\":{",
                                                     std::string(1, '\0'),
                                                     "TIMED_OUT",
                                                     "execution",
                                                     "queuedAt",
                                                     Nested(40),
                                                     Objects(40),
                                                     "\xef\xbb\xbf",
                                                     "\"jobId\":\"x\",",
                                                     " "};
    size_t at = text.empty() ? 0 : Below(text.size());
    size_t length = text.empty() ? 0 : std::min(text.size() - at, 1 + Below(24));
    switch (Below(10)) {
      case 0:
        if (!text.empty()) text[at] = static_cast<char>(Below(256));
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(at, length));
        break;
      case 3:
        text.resize(at);
        break;
      case 4:
        text.insert(at, kPieces[Below(kPieces.size())]);
        break;
      default:
        ReplaceValue(text, kPieces[Below(kPieces.size())]);
    }
  }

  // Puts `piece` in the place of one value, so that the message stays JSON more often than not.
  void ReplaceValue(std::string& text, const std::string& piece) {
    size_t colon = text.find(':', text.empty() ? 0 : Below(text.size()));
    if (colon == std::string::npos) return;
    size_t end = text.find_first_of(",}]", colon);
    if (end != std::string::npos) text.replace(colon + 1, end - colon - 1, piece);
  }

  std::mt19937 random_;
};

bool Ascii(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

void CheckId(const ExecutionId& id) {
  CHECK(IsJobId(id.job.value));
  CHECK(id.number >= 1);
  CHECK(id.queued_at >= 0);
}
void CheckExecution(const ServiceExecution& execution) {
  CheckId(execution.id);
  CHECK(execution.version >= 0);
  CHECK_FALSE((execution.document && !execution.document_problem.empty()));
  CHECK(execution.document_problem.size() < 200);
  for (const auto& [key, value] : execution.details) {
    CHECK(SafeDetailKey(key) == key);
    CHECK(SafeDetailValue(value) == value);
  }
  if (!execution.document) return;
  CHECK(execution.document->size() <= kMaxDocumentBytes);
  CHECK(nlohmann::json::parse(*execution.document).is_object());
  (void)ParseJobDocument(*execution.document).has_value();
}
void CheckRejection(const Rejection& rejection) { CHECK(rejection.message.size() <= kMaxDetailValue + 66); }

struct Promises {
  void operator()(const Offered& event) const { CheckExecution(event.execution); }
  void operator()(const NothingNext&) const {}
  void operator()(const PendingChanged& event) const {
    for (const PendingEntry& entry : event.in_progress) CheckId(entry.id);
    for (const PendingEntry& entry : event.queued) CheckId(entry.id);
  }
  void operator()(const Described& event) const { CheckExecution(event.execution); }
  void operator()(const DescribeRejected& event) const { CheckRejection(event.rejection); }
  void operator()(const NextRejected& event) const { CheckRejection(event.rejection); }
  void operator()(const UpdateAccepted& event) const { CHECK(IsJobId(event.job.value)); }
  void operator()(const UpdateRejected& event) const {
    CHECK(IsJobId(event.job.value));
    CheckRejection(event.rejection);
  }
};

TEST_CASE("no damage to a message makes anything but an error or an event that keeps its promises") {
  Mutator mutator(20241104);
  const auto good = GoodMessages();
  std::array<int, 2> seen{};
  for (int round = 0; round < kRounds; ++round) {
    const auto& message = good[mutator.Below(good.size())];
    const std::string topic = mutator.Below(10) == 0 ? mutator.Mutate(message.first) : message.first;
    const std::string payload = mutator.Mutate(message.second);
    INFO(topic << " " << payload);
    Result<Incoming> decoded = Decode(PiTopics(), kJobs + topic, payload);
    ++seen[decoded.has_value()];
    if (decoded) {
      std::visit(Promises{}, *decoded);
    } else {
      CHECK_FALSE(decoded.error().message.empty());
      CHECK(decoded.error().message.size() < 1500);
    }
  }
  // Both ways were really taken.
  CHECK(seen[0] > kRounds / 10);
  CHECK(seen[1] > kRounds / 10);
}

TEST_CASE("no damage to a cancel request makes a request that names an illegal job") {
  Mutator mutator(20241105);
  std::array<int, 2> seen{};
  for (int round = 0; round < kRounds; ++round) {
    std::string payload = mutator.Mutate(
        R"({"jobId":"job-1","force":true,"reason":"wrong file","clientToken":"op-1","ifMatch":"1:3",)"
        R"("statusDetails":{"by":"ann","ticket":"42"}})");
    INFO(payload);
    CancelMessage message = DecodeCancel("pi-1", payload, "test");
    ++seen[message.request.has_value()];
    CHECK((message.token.empty() || IsClientToken(message.token)));
    if (!message.request) {
      CHECK(Ascii(message.request.error().message));
    } else if (message.request->job) {
      CHECK(IsJobId(message.request->job->value));
    }
    if (message.request) CHECK(message.request->details.size() <= 10);
  }
  CHECK(seen[0] > kRounds / 10);
  CHECK(seen[1] > kRounds / 20);
}

}  // namespace
}  // namespace kedge::jobs
