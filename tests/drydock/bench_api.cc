#include "bench_api.h"

#include <charconv>

#include "payloads.h"
#include "requests.h"

namespace kedge::drydock {

using nlohmann::json;

namespace {

constexpr std::string_view kPrefix = "/drydock/";

HttpReply Good(const json& body) { return {.body = Dump(body)}; }

HttpReply Bad(int status, const std::string& message) {
  return {.status = status, .body = Dump({{"message", message}}), .error_type = "DrydockException"};
}

std::optional<uint64_t> Number(const std::string& text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

HttpReply AnswerFaults(Faults& faults, const HttpRequest& request, const Target& target) {
  const bool one = target.path.size() == 3;
  if (request.method == "GET" && !one) return Good({{"faults", faults.List()}});
  if (request.method == "POST" && !one) {
    const auto body = ParseBody(request.body);
    if (!body) return Bad(400, body.refusal().message);
    const auto id = faults.Add(*body);
    return id ? Good({{"id", *id}}) : Bad(400, id.refusal().message);
  }
  if (request.method == "DELETE" && !one) {
    faults.Clear();
    return Good(json::object());
  }
  if (request.method == "DELETE") {
    const auto id = Number(target.path[2]);
    return id && faults.Remove(static_cast<int64_t>(*id)) ? Good(json::object())
                                                          : Bad(404, "no fault has this id");
  }
  return Bad(404, "faults can be posted, listed (GET) and deleted");
}

HttpReply AnswerPublish(Bench& bench, const HttpRequest& request) {
  const auto body = ParseBody(request.body);
  if (!body) return Bad(400, body.refusal().message);
  Members members(*body);
  const auto topic = members.Text("topic");
  const auto payload = members.Text("payload");
  if (members.problem()) return Bad(400, members.problem()->message + " (write an object as text)");
  if (!topic || topic->empty()) return Bad(400, "topic is missing");
  if (topic->find_first_of("+#") != std::string::npos)
    return Bad(400, "a topic to publish on has no wildcard");
  bench.PublishRaw(*topic, payload.value_or(""));
  return Good(json::object());
}

// The body is the document, whatever it is; the things stand in the query: ?thing=pi-1&thing=pi-2
HttpReply AnswerRawJob(Bench& bench, const HttpRequest& request, const Target& target, Instant now) {
  std::vector<std::string> things;
  for (const auto& [name, value] : target.query) {
    if (name != "thing") return Bad(400, "the query may only have thing=NAME");
    things.push_back(value);
  }
  const auto job = bench.service().control().CreateRawJob(target.path[2], request.body, things, now);
  if (!job) return Bad(400, job.refusal().message);
  return Good({{"jobId", (*job)->id}});
}

HttpReply AnswerHistory(const Bench& bench, const Target& target) {
  uint64_t after = 0;
  for (const auto& [name, value] : target.query) {
    const auto number = Number(value);
    if (name != "after" || !number) return Bad(400, "the query may only have after=N");
    after = *number;
  }
  return {.body = bench.history().Since(after), .content_type = "application/x-ndjson"};
}

}  // namespace

bool IsForBench(const HttpRequest& request) { return request.target.starts_with(kPrefix); }

HttpReply AnswerBench(Bench& bench, const HttpRequest& request, Instant now) {
  const Target target = ParseTarget(request.target);
  const std::string what = target.path.size() < 2 ? "" : target.path[1];
  const std::size_t length = target.path.size();
  if (what == "faults" && length <= 3) return AnswerFaults(bench.faults(), request, target);
  if (what == "publish" && length == 2 && request.method == "POST") return AnswerPublish(bench, request);
  if (what == "jobs" && length == 3 && request.method == "PUT")
    return AnswerRawJob(bench, request, target, now);
  if (what == "history" && length == 2 && request.method == "GET") return AnswerHistory(bench, target);
  return Bad(404, "drydock has /drydock/faults, /drydock/publish, /drydock/jobs/ID and /drydock/history");
}

}  // namespace kedge::drydock
