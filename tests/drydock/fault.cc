#include "fault.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

#include "http_call.h"
#include "mqtt_api.h"
#include "requests.h"
#include "stale_list.h"

namespace kedge::drydock {

using nlohmann::json;

namespace {

using On = Fault::On;
using Do = Fault::Do;

constexpr std::array<std::pair<On, std::string_view>, 5> kOn = {{{On::kRequest, "request"},
                                                                 {On::kReply, "reply"},
                                                                 {On::kNotify, "notify"},
                                                                 {On::kNotifyNext, "notify-next"},
                                                                 {On::kHttp, "http"}}};

constexpr std::array<std::pair<Do, std::string_view>, 9> kDo = {{{Do::kDrop, "drop"},
                                                                 {Do::kReject, "reject"},
                                                                 {Do::kCancelBefore, "cancel-before"},
                                                                 {Do::kCancelAfter, "cancel-after"},
                                                                 {Do::kStale, "stale"},
                                                                 {Do::kDelay, "delay"},
                                                                 {Do::kDuplicate, "duplicate"},
                                                                 {Do::kReorder, "reorder"},
                                                                 {Do::kDisconnect, "disconnect"}}};

constexpr std::array<std::string_view, 9> kMqttCodes = {
    "InvalidTopic",    "InvalidJson",      "InvalidRequest", "InvalidStateTransition", "ResourceNotFound",
    "VersionMismatch", "RequestThrottled", "InternalError",  "TerminalStateReached"};

constexpr std::array<std::string_view, 2> kHttpCodes = {"RequestThrottled", "InternalError"};

constexpr std::array<std::string_view, 11> kMembers = {
    "on", "do", "thing", "operation", "status", "skip", "count", "chance", "ms", "code", "client"};

constexpr std::size_t kLongestClient = 128;
constexpr std::chrono::milliseconds kLongestHold{1000};  // when the rule does not say

template <typename Words>
bool IsOneOf(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

template <typename Pairs>
auto FromWord(const Pairs& pairs, std::string_view word)
    -> std::optional<typename Pairs::value_type::first_type> {
  for (const auto& [value, text] : pairs) {
    if (text == word) return value;
  }
  return std::nullopt;
}

template <typename Pairs>
std::string_view ToWord(const Pairs& pairs, typename Pairs::value_type::first_type value) {
  for (const auto& [known, text] : pairs) {
    if (known == value) return text;
  }
  return "";
}

template <typename Pairs>
std::string Words(const Pairs& pairs) {
  std::string words;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (i > 0) words += i + 1 == pairs.size() ? " or " : ", ";
    words += pairs[i].second;
  }
  return words;
}

bool Fits(On on, Do act) {
  switch (act) {
    case Do::kReject:
      return on == On::kRequest || on == On::kHttp;
    case Do::kCancelBefore:
    case Do::kCancelAfter:
    case Do::kStale:
      return on == On::kRequest;
    case Do::kDelay:
      return on != On::kRequest;
    case Do::kDuplicate:
    case Do::kReorder:
      return on != On::kRequest && on != On::kHttp;
    case Do::kDrop:
    case Do::kDisconnect:
      break;
  }
  return on != On::kHttp;
}

// That a request or a call can be answered with.
std::vector<std::string_view> CodesOf(On on) {
  if (on == On::kHttp) return {kHttpCodes.begin(), kHttpCodes.end()};
  return {kMqttCodes.begin(), kMqttCodes.end()};
}

bool IsOperation(On on, Do act, const std::string& word) {
  if (on == On::kHttp) return IsHttpOperation(word);
  for (const Operation known : {Operation::kGet, Operation::kStartNext, Operation::kDescribe,
                                Operation::kDescribeNext, Operation::kUpdate, Operation::kUnknown}) {
    if (word == ToString(known)) return act != Do::kStale || LooksAtTheList(known);
  }
  return false;
}

std::string Operations(On on, Do act) {
  if (on == On::kHttp) return "the name of an operation of AWS or OCI, such as CancelJobExecution";
  if (act == Do::kStale) return "get, start-next or describe-next, which look at the pending list";
  return "get, start-next, describe, describe-next, update or unknown";
}

// What is wrong with the rule as a whole, each member by itself being right.
std::optional<std::string> Problem(const Fault& fault, const json& rule) {
  const std::string act(ToString(fault.act));
  const bool event = fault.on == On::kNotify || fault.on == On::kNotifyNext;
  const bool waits = fault.act == Do::kDelay || fault.act == Do::kDuplicate || fault.act == Do::kReorder;
  if (!Fits(fault.on, fault.act))
    return "'" + act + "' cannot be done on: " + std::string(ToWord(kOn, fault.on));
  if (event && rule.contains("operation")) return "an event answers no operation; leave 'operation' out";
  if (!fault.operation.empty() && !IsOperation(fault.on, fault.act, fault.operation))
    return "'operation' must be " + Operations(fault.on, fault.act);
  if ((event || fault.on == On::kHttp) && rule.contains("status"))
    return "'status' is of the requests of devices and of the replies to them; leave it out";
  if (!fault.status.empty() && !StatusFrom(fault.status)) return "'" + fault.status + "' is not a status";
  if (rule.contains("ms") && !waits) return "'ms' is of delay, duplicate and reorder; leave it out";
  if (fault.act == Do::kDelay && fault.delay.count() == 0) return "a delay needs 'ms', how long";
  if (rule.contains("code") && fault.act != Do::kReject) return "'code' is of reject; leave it out";
  if (fault.act == Do::kReject && !IsOneOf(CodesOf(fault.on), fault.code))
    return fault.on == On::kHttp
               ? "'code' must be RequestThrottled or InternalError"
               : "'code' must be one of the service's, such as RequestThrottled or InternalError";
  if (rule.contains("client") && fault.act != Do::kDisconnect)
    return "'client' is of disconnect; leave it out";
  if (fault.client.size() > kLongestClient) return "'client' has at most 128 bytes";
  return std::nullopt;
}

std::optional<double> ReadChance(const json& rule) {
  const auto found = rule.find("chance");
  if (found == rule.end()) return 1;
  if (!found->is_number()) return std::nullopt;
  const double chance = found->get<double>();
  return chance > 0 && chance <= 1 ? std::optional(chance) : std::nullopt;
}

}  // namespace

std::string_view ToString(Fault::Do act) { return ToWord(kDo, act); }

json KnownFaults() {
  json known;
  for (const auto& [on, on_word] : kOn) {
    for (const auto& [act, act_word] : kDo) {
      if (!Fits(on, act)) continue;
      known[on_word][act_word] = act == Do::kReject ? json(CodesOf(on)) : json::array();
    }
  }
  return known;
}

Outcome<Fault> ReadFault(const json& rule) {
  if (!rule.is_object()) return InvalidRequest("a fault is a JSON object");
  for (const auto& [name, value] : rule.items()) {
    if (!IsOneOf(kMembers, name)) return InvalidRequest("a fault has no member '" + name + "'");
  }
  Members members(rule);
  const auto on = FromWord(kOn, members.Text("on").value_or(""));
  const auto act = FromWord(kDo, members.Text("do").value_or(""));
  if (!on) return InvalidRequest("'on' must be " + Words(kOn));
  if (!act) return InvalidRequest("'do' must be " + Words(kDo));
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  const int64_t usual_ms = *act == Do::kReorder ? kLongestHold.count() : 0;
  Fault fault;
  fault.on = *on;
  fault.act = *act;
  fault.thing = members.Text("thing").value_or("");
  fault.operation = members.Text("operation").value_or("");
  fault.status = members.Text("status").value_or("");
  fault.code = members.Text("code").value_or("");
  fault.client = members.Text("client").value_or("");
  fault.skip = members.Integer("skip", 0, kMost).value_or(0);
  fault.count = members.Integer("count", 1, kMost);
  fault.delay = std::chrono::milliseconds(members.Integer("ms", 0, kMost).value_or(usual_ms));
  if (members.problem()) return *members.problem();
  const auto chance = ReadChance(rule);
  if (!chance) return InvalidRequest("'chance' must be a number above 0 and at most 1");
  fault.chance = *chance;
  if (const auto problem = Problem(fault, rule)) return InvalidRequest(*problem);
  return fault;
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
  add("client", fault.client);
  if (fault.skip > 0) rule["skip"] = fault.skip;
  if (fault.count) rule["count"] = *fault.count;
  if (fault.chance < 1) rule["chance"] = fault.chance;
  if (fault.delay.count() > 0) rule["ms"] = fault.delay.count();
  return rule;
}

}  // namespace kedge::drydock
