#include "bench_api.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "payloads.h"
#include "requests.h"
#include "web/state_api.h"
#include "web/web_page.h"

namespace kedge::drydock {

using nlohmann::json;
using std::chrono::milliseconds;

namespace {

constexpr std::string_view kPrefix = "/drydock/";
constexpr std::string_view kHistory = "/drydock/history";
constexpr std::size_t kLongestTopic = 65535;  // more, and Paho writes a packet with a wrong length

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

HttpReply AnswerFaults(Bench& bench, const HttpRequest& request, const Target& target) {
  Faults& faults = bench.faults();
  const bool one = target.path.size() == 3;
  if (request.method == "GET" && !one) return Good({{"faults", faults.List()}, {"known", KnownFaults()}});
  if (request.method == "POST" && !one) {
    const auto body = ParseBody(request.body);
    if (!body) return Bad(400, body.refusal().message);
    const auto id = faults.Add(*body);
    if (!id) return Bad(400, id.refusal().message);
    bench.Record("rule", {{"did", "added"}, {"rule", *id}, {"fault", *body}});
    return Good({{"id", *id}});
  }
  if (request.method == "DELETE" && !one) {
    faults.Clear();
    bench.Record("rule", {{"did", "removed all"}});
    return Good(json::object());
  }
  if (request.method == "DELETE") {
    const auto id = Number(target.path[2]);
    if (!id || !faults.Remove(static_cast<int64_t>(*id))) return Bad(404, "no fault has this id");
    bench.Record("rule", {{"did", "removed"}, {"rule", *id}});
    return Good(json::object());
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
  if (topic->size() > kLongestTopic || topic->find('\0') != std::string::npos)
    return Bad(400, "MQTT has no topic of more than 65535 bytes and none with U+0000");
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

HttpReply AnswerClock(Bench& bench, const HttpRequest& request, Instant now) {
  const Instant machine = now - bench.clock_offset();
  if (request.method == "POST") {
    constexpr int64_t kMost = int64_t{100} * 366 * 24 * 3600 * 1000;  // a century, that nothing overflows
    const auto body = ParseBody(request.body);
    if (!body) return Bad(400, body.refusal().message);
    Members members(*body);
    const auto offset = members.Integer("offset_ms", -kMost, kMost);
    const auto jump = members.Integer("jump_ms", -kMost, kMost);
    if (members.problem()) return Bad(400, members.problem()->message);
    if (body->size() != 1 || (!offset && !jump))
      return Bad(
          400,
          "the clock takes {\"jump_ms\": N}, from where it is, or {\"offset_ms\": N}, from the machine's");
    const milliseconds wanted = offset ? milliseconds(*offset) : bench.clock_offset() + milliseconds(*jump);
    bench.SetClockOffset(std::clamp(wanted, milliseconds(-kMost), milliseconds(kMost)));
  }
  const Instant here = machine + bench.clock_offset();
  return Good({{"now", here.time_since_epoch().count()}, {"offset_ms", bench.clock_offset().count()}});
}

HttpReply AnswerState(Bench& bench, const Target& target, Instant now) {
  const auto question = ReadStateQuestion(target);
  if (!question) return Bad(400, question.refusal().message);
  HttpReply reply = Good(StateOf(bench.service(), *question, now));
  // As plain application/json httplib would compress it, for a quarter of a second, on its way to the next
  // room of the same machine.
  reply.content_type = "application/json; charset=utf-8";
  return reply;
}

}  // namespace

bool IsForBench(const HttpRequest& request) {
  return request.target.starts_with(kPrefix) || request.target == "/";
}

HttpReply AnswerBench(Bench& bench, const HttpRequest& request, Instant now) {
  const Target target = ParseTarget(request.target);
  const std::string what = target.path.size() < 2 ? "" : target.path[1];
  const std::size_t length = target.path.size();
  const bool get = request.method == "GET";
  const bool post = request.method == "POST";
  if (what == "faults" && length <= 3) return AnswerFaults(bench, request, target);
  if (what == "clock" && length == 2 && (get || post)) return AnswerClock(bench, request, now);
  if (what == "publish" && length == 2 && post) return AnswerPublish(bench, request);
  if (what == "jobs" && length == 3 && request.method == "PUT")
    return AnswerRawJob(bench, request, target, now);
  if (what == "state" && length == 2 && get) return AnswerState(bench, target, now);
  if (const auto page = AnswerWebPage(request)) return *page;
  if (what == "history" && length == 2 && get)
    return Bad(400, "the query may have after=N or after=now, wait=SECONDS (0 to 25) and thing=NAME");
  return Bad(404,
             "drydock has /drydock/faults, /drydock/clock, /drydock/publish, /drydock/jobs/ID, "
             "/drydock/history, /drydock/state and its web page, /drydock/");
}

std::optional<HistoryQuestion> HistoryAsked(const HttpRequest& request, uint64_t last) {
  constexpr uint64_t kLongestWait = 25;  // below the half minute after which clients and proxies give up
  if (request.method != "GET" || !request.target.starts_with(kHistory)) return std::nullopt;
  const Target target = ParseTarget(request.target);
  if (target.path != std::vector<std::string>{"drydock", "history"}) return std::nullopt;
  HistoryQuestion question;
  for (const auto& [name, value] : target.query) {
    const auto number = Number(value);
    if (name == "after" && value == "now") {
      question.after = last;
    } else if (name == "after" && number) {
      question.after = *number > last ? 0 : *number;
    } else if (name == "wait" && number && *number <= kLongestWait) {
      question.wait = std::chrono::seconds(*number);
    } else if (name == "thing" && !value.empty()) {
      question.thing = value;
    } else {
      return std::nullopt;
    }
  }
  return question;
}

HttpReply AnswerHistory(const History& history, const HistoryQuestion& question) {
  return {.body = history.Since(question.after, question.thing),
          .content_type = "application/x-ndjson",
          .headers = {{"drydock-last", std::to_string(history.last())},
                      {"drydock-run", std::to_string(history.run().time_since_epoch().count())}}};
}

}  // namespace kedge::drydock
