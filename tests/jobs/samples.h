// One thing and its messages, shared by the tests of jobs/.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "jobs/replies.h"

namespace kedge::jobs {

inline const std::string kJobs = "$aws/things/pi-1/jobs/";

inline Topics PiTopics() { return *Topics::For("pi-1"); }

// What `payload` on `topic` (below $aws/things/pi-1/jobs/) says; a test that asks for the wrong kind fails.
template <typename T>
T Said(const std::string& topic, const std::string& payload) {
  Result<Incoming> decoded = Decode(PiTopics(), kJobs + topic, payload);
  INFO(topic << " " << payload << " " << (decoded ? std::string() : decoded.error().message));
  REQUIRE(decoded.has_value());
  REQUIRE(std::holds_alternative<T>(*decoded));
  return std::get<T>(*std::move(decoded));
}

inline Error Refused(const std::string& topic, const std::string& payload) {
  Result<Incoming> decoded = Decode(PiTopics(), kJobs + topic, payload);
  INFO(topic << " " << payload);
  REQUIRE_FALSE(decoded.has_value());
  return decoded.error();
}

inline bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// `depth` lists within each other.
inline std::string Nested(size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

// {"a":{"a":... }}: `depth` objects within each other.
inline std::string Objects(size_t depth) {
  std::string text;
  for (size_t i = 1; i < depth; ++i) text += R"({"a":)";
  return text + "{}" + std::string(depth - 1, '}');
}

// An Execution with these members added, such as `,"jobDocument":{}`.
inline std::string ExecutionWith(const std::string& more) {
  return R"({"jobId":"job-1","status":"QUEUED","queuedAt":1730747114,"lastUpdatedAt":1730747114,)"
         R"("versionNumber":1,"executionNumber":1)" +
         more + "}";
}
inline std::string OfferWith(const std::string& more) {
  return R"({"timestamp":1730747778,"execution":)" + ExecutionWith(more) + "}";
}

// A good message of each kind, with every member that the protocol knows: {topic, payload}.
inline std::vector<std::pair<std::string, std::string>> GoodMessages() {
  return {
      {"notify",
       R"({"timestamp":1730747778,"jobs":{"IN_PROGRESS":[{"jobId":"a","queuedAt":1730747114,"startedAt":1730747300,)"
       R"("lastUpdatedAt":1730747300,"executionNumber":1,"versionNumber":2}],"QUEUED":[{"jobId":"b",)"
       R"("queuedAt":1730747777,"lastUpdatedAt":1730747777,"executionNumber":3,"versionNumber":1}]}})"},
      {"notify-next",
       OfferWith(
           R"(,"thingName":"pi-1","statusDetails":{"step":"1/3"},"jobDocument":{"version":"1.0","steps":)"
           R"([{"action":{"name":"Run","type":"runCommand","input":{"command":"echo,1"}}}]})")},
      {"$next/get/accepted", R"({"clientToken":"s-1","timestamp":1730747778,"execution":)" +
                                 ExecutionWith(R"(,"jobDocument":{"operation":"x"})") + "}"},
      {"start-next/accepted",
       R"({"clientToken":"s-1","timestamp":1730747778,"execution":{"jobId":"job-1","status":"IN_PROGRESS",)"
       R"("queuedAt":1730747114,"startedAt":1730747300,"lastUpdatedAt":1730747300,"versionNumber":2,)"
       R"("executionNumber":1,"approximateSecondsBeforeTimedOut":60,"jobDocument":{"operation":"x"}}})"},
      {"job-1/get/accepted",
       R"({"clientToken":"s-2","timestamp":1730747778,"execution":)" + ExecutionWith("") + "}"},
      {"get/accepted",
       R"({"inProgressJobs":[{"jobId":"a","queuedAt":1730747114,"executionNumber":1,"versionNumber":2}],)"
       R"("queuedJobs":[],"timestamp":1730747778,"clientToken":"s-3"})"},
      {"job-1/update/accepted",
       R"({"clientToken":"s-4","timestamp":1730747778,"executionState":{"status":"IN_PROGRESS",)"
       R"("statusDetails":{"step":"1/3"},"versionNumber":2}})"},
      {"job-1/update/rejected",
       R"({"code":"VersionMismatch","message":"Expected version 99 but found version 1","clientToken":"s-5",)"
       R"("timestamp":1787000000,"executionState":{"status":"IN_PROGRESS","statusDetails":{"k":"v"},)"
       R"("versionNumber":1}})"},
      {"job-1/get/rejected",
       R"({"code":"TerminalStateReached","message":"over","clientToken":"s-6","timestamp":1787000000})"},
      {"$next/get/rejected",
       R"({"code":"RequestThrottled","message":"slow down","clientToken":"s-7","timestamp":1787000000})"},
      {"start-next/rejected",
       R"({"code":"InternalError","message":"oops","clientToken":"s-8","timestamp":1787000000})"},
      {"get/rejected",
       R"({"code":"RequestThrottled","message":"slow down","clientToken":"s-9","timestamp":1787000000})"},
  };
}

}  // namespace kedge::jobs
