#include "faults.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <utility>

#include "requests.h"

namespace kedge::drydock {

using nlohmann::json;

namespace {

using On = Fault::On;
using Do = Fault::Do;

constexpr std::array<std::pair<On, std::string_view>, 4> kOn = {{{On::kRequest, "request"},
                                                                 {On::kReply, "reply"},
                                                                 {On::kNotify, "notify"},
                                                                 {On::kNotifyNext, "notify-next"}}};

constexpr std::array<std::pair<Do, std::string_view>, 6> kDo = {{{Do::kDrop, "drop"},
                                                                 {Do::kReject, "reject"},
                                                                 {Do::kCancelBefore, "cancel-before"},
                                                                 {Do::kCancelAfter, "cancel-after"},
                                                                 {Do::kDelay, "delay"},
                                                                 {Do::kDuplicate, "duplicate"}}};

constexpr std::array<std::string_view, 8> kCodes = {
    "InvalidTopic",     "InvalidJson",     "InvalidRequest",   "InvalidStateTransition",
    "ResourceNotFound", "VersionMismatch", "RequestThrottled", "InternalError"};

template <typename Pairs>
auto FromWord(const Pairs& pairs, std::string_view word)
    -> std::optional<typename Pairs::value_type::first_type> {
  for (const auto& [value, text] : pairs) {
    if (text == word) return value;
  }
  return std::nullopt;
}

template <typename Pairs>
std::string ToWord(const Pairs& pairs, typename Pairs::value_type::first_type value) {
  for (const auto& [known, text] : pairs) {
    if (known == value) return std::string(text);
  }
  return "";
}

bool Fits(On on, Do act) {
  if (act == Do::kDrop) return true;
  const bool for_requests = act == Do::kReject || act == Do::kCancelBefore || act == Do::kCancelAfter;
  return for_requests == (on == On::kRequest);
}

json ToJson(const Fault& fault) {
  json rule = {{"id", fault.id}, {"on", ToWord(kOn, fault.on)}, {"do", ToWord(kDo, fault.act)}};
  const auto add = [&](const char* name, const std::string& text) {
    if (!text.empty()) rule[name] = text;
  };
  add("thing", fault.thing);
  add("operation", fault.operation);
  add("status", fault.status);
  add("code", fault.code);
  if (fault.skip > 0) rule["skip"] = fault.skip;
  if (fault.count) rule["count"] = *fault.count;
  if (fault.delay.count() > 0) rule["ms"] = fault.delay.count();
  return rule;
}

// A misspelt rule would be a fault that never happens and a test that shows nothing: nothing unknown is
// taken.
std::optional<std::string> UnknownMember(const json& rule) {
  constexpr std::array<std::string_view, 9> kKnown = {"on",   "do",    "thing", "operation", "status",
                                                      "skip", "count", "ms",    "code"};
  for (const auto& [name, value] : rule.items()) {
    if (std::find(kKnown.begin(), kKnown.end(), name) == kKnown.end()) return name;
  }
  return std::nullopt;
}

bool IsOperation(const std::string& word) {
  for (const Operation known : {Operation::kGet, Operation::kStartNext, Operation::kDescribe,
                                Operation::kDescribeNext, Operation::kUpdate, Operation::kUnknown}) {
    if (word == ToString(known)) return true;
  }
  return false;
}

}  // namespace

Outcome<int64_t> Faults::Add(const json& rule) {
  if (!rule.is_object()) return InvalidRequest("a fault is a JSON object");
  if (const auto unknown = UnknownMember(rule))
    return InvalidRequest("a fault has no member '" + *unknown + "'");
  Members members(rule);
  const auto on = FromWord(kOn, members.Text("on").value_or(""));
  const auto act = FromWord(kDo, members.Text("do").value_or(""));
  if (!on) return InvalidRequest("'on' must be request, reply, notify or notify-next");
  if (!act)
    return InvalidRequest("'do' must be drop, reject, cancel-before, cancel-after, delay or duplicate");
  if (!Fits(*on, *act)) {
    return InvalidRequest("'" + ToWord(kDo, *act) + "' cannot be done to a " + ToWord(kOn, *on));
  }
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  Fault fault;
  fault.on = *on;
  fault.act = *act;
  fault.thing = members.Text("thing").value_or("");
  fault.operation = members.Text("operation").value_or("");
  fault.status = members.Text("status").value_or("");
  fault.code = members.Text("code").value_or("");
  fault.skip = members.Integer("skip", 0, kMost).value_or(0);
  fault.count = members.Integer("count", 1, kMost);
  fault.delay = std::chrono::milliseconds(members.Integer("ms", 0, kMost).value_or(0));
  if (members.problem()) return *members.problem();
  if (!fault.operation.empty() && !IsOperation(fault.operation)) {
    return InvalidRequest("'operation' must be get, start-next, describe, describe-next, update or unknown");
  }
  const bool known_code = std::find(kCodes.begin(), kCodes.end(), fault.code) != kCodes.end();
  if (fault.act == Do::kReject && !known_code) {
    return InvalidRequest("'code' must be one of the service's, such as RequestThrottled or InternalError");
  }
  fault.id = ++last_id_;
  faults_.push_back(fault);
  return fault.id;
}

bool Faults::Remove(int64_t id) {
  return std::erase_if(faults_, [&](const Fault& f) { return f.id == id; }) > 0;
}

json Faults::List() const {
  json list = json::array();
  for (const Fault& fault : faults_) list.push_back(ToJson(fault));
  return list;
}

std::vector<Fault> Faults::Fire(On on, const std::string& thing, const Request* request) {
  if (faults_.empty()) return {};
  const std::string operation = request == nullptr ? "" : std::string(ToString(request->operation));
  const std::string status = request == nullptr ? "" : StatusIn(*request);
  const auto matches = [](const std::string& wanted, const std::string& seen) {
    return wanted.empty() || wanted == seen;
  };
  std::vector<Fault> fired;
  for (Fault& fault : faults_) {
    if (fault.on != on || !matches(fault.thing, thing) || !matches(fault.operation, operation) ||
        !matches(fault.status, status)) {
      continue;
    }
    if (fault.skip > 0) {
      --fault.skip;
      continue;
    }
    if (fault.count) --*fault.count;
    fired.push_back(fault);
  }
  std::erase_if(faults_, [](const Fault& f) { return f.count && *f.count == 0; });
  return fired;
}

RequestFate Faults::Meet(const Request& request) {
  RequestFate fate;
  for (const Fault& fault : Fire(On::kRequest, request.thing, &request)) {
    fate.lost |= fault.act == Do::kDrop;
    fate.cancel_before |= fault.act == Do::kCancelBefore;
    fate.cancel_after |= fault.act == Do::kCancelAfter;
    if (fault.act == Do::kReject) fate.reject_with = fault.code;
  }
  return fate;
}

SendTimes Faults::Meet(const Publication& publication, const Request* request) {
  On on = On::kReply;
  if (publication.kind == Publication::Kind::kNotify) on = On::kNotify;
  if (publication.kind == Publication::Kind::kNotifyNext) on = On::kNotifyNext;
  std::chrono::milliseconds late{0};
  SendTimes copies = {std::chrono::milliseconds(0)};
  bool lost = false;
  for (const Fault& fault : Fire(on, publication.thing, request)) {
    lost |= fault.act == Do::kDrop;
    if (fault.act == Do::kDelay) late += fault.delay;
    if (fault.act == Do::kDuplicate) copies.push_back(fault.delay);
  }
  if (lost) return {};
  for (auto& copy : copies) copy += late;
  return copies;
}

}  // namespace kedge::drydock
