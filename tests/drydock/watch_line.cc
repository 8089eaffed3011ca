#include "watch_line.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace kedge::drydock {

using nlohmann::json;

namespace {

constexpr std::size_t kThingColumn = 12;
constexpr std::size_t kMarkColumn = 8;

// Of JSON that may be anything: "" when there is no such text or number.
std::string Text(const json& object, const char* name) {
  if (!object.is_object()) return "";
  const auto found = object.find(name);
  if (found == object.end()) return "";
  if (found->is_string()) return found->get<std::string>();
  return found->is_number() ? found->dump() : "";
}

json Payload(const json& entry) { return json::parse(Text(entry, "payload"), nullptr, false); }

// Words with one space between them; empty ones leave no gap.
class Words {
 public:
  Words& Add(const std::string& word) {
    if (!word.empty()) text_ += (text_.empty() ? "" : " ") + word;
    return *this;
  }
  Words& Add(const char* before, const std::string& word) {
    return word.empty() ? *this : Add(before + word);
  }
  // What stands apart, at the end.
  Words& Details(const std::string& details) {
    if (!details.empty()) text_ += "  " + details;
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string Object(const json& object, const char* name) {
  if (!object.is_object() || !object.contains(name)) return "";
  return object[name].dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string FromDevice(const json& entry) {
  const json payload = Payload(entry);
  Words words;
  words.Add(Text(entry, "operation")).Add(Text(entry, "job")).Add(Text(payload, "status"));
  words.Add("v", Text(entry, "version")).Add(Text(entry, "decided")).Add(Text(entry, "code"));
  if (!payload.is_object()) words.Details(Text(entry, "payload"));
  return words.Details(Object(payload, "statusDetails")).text();
}

// "notify" lists jobs by status.
std::string Listed(const json& payload) {
  if (!payload.is_object() || !payload.contains("jobs") || !payload["jobs"].is_object()) return "";
  std::string text;
  for (const auto& [status, jobs] : payload["jobs"].items()) {
    text += (text.empty() ? "" : ", ") + status;
    for (const json& job : jobs) text += " " + Text(job, "jobId");
  }
  return text.empty() ? "nothing pending" : text;
}

// Without $aws/things/THING/jobs/ or kedge/things/THING/, for the thing has a column of its own.
std::string ShortTopic(const std::string& topic) {
  for (const auto& [before, after] : {std::pair("$aws/things/", "/jobs/"), std::pair("kedge/things/", "/")}) {
    if (!topic.starts_with(before)) continue;
    const auto at = topic.find(after, std::string_view(before).size());
    if (at != std::string::npos) return topic.substr(at + std::string_view(after).size());
  }
  return topic;
}

// "state", "cancel/accepted": of Kedge's agent.
std::string OfAgent(const json& entry) {
  const json payload = Payload(entry);
  Words words;
  words.Add(ShortTopic(Text(entry, "topic"))).Add(Text(payload, "state")).Add(Text(payload, "job"));
  return words.Details(payload.is_object() ? Text(payload, "message") : Text(entry, "payload")).text();
}

std::string FromService(const json& entry) {
  const json payload = Payload(entry);
  const json execution = payload.is_object() ? payload.value("execution", json()) : json();
  const std::string of = Text(entry, "of");
  Words words;
  words.Add(ShortTopic(Text(entry, "topic")));
  if (of == "notify") words.Add(Listed(payload));
  if (of == "notify-next" && execution.is_null()) words.Add(payload.is_object() ? "nothing" : "");
  words.Add(Text(payload, "code")).Add(Text(execution, "jobId")).Add(Text(execution, "status"));
  words.Add("v", Text(execution, "versionNumber"));
  if (entry.value("sent", json(true)) == false) words.Add("NOT SENT: no broker");
  if (of == "raw" || !payload.is_object()) return words.Details(Text(entry, "payload")).text();
  return words.Details(Text(payload, "message")).text();
}

std::string FromOperator(const json& entry) {
  const std::string answer = Text(entry, "answer");
  Words words;
  words.Add(Text(entry, "operation"))
      .Add(Text(entry, "op"))
      .Add(Text(entry, "status"))
      .Add(Text(entry, "code"));
  words.Details(Text(json::parse(answer, nullptr, false), "message"));
  const std::string body = Text(entry, "payload");
  return words.Details(body == "{}" ? "" : body).text();
}

std::string OfExecution(const json& entry) {
  const std::string from = Text(entry, "from");
  const std::string to = Text(entry, "to");
  Words words;
  words.Add(Text(entry, "job")).Add("#", Text(entry, "number")).Add(from.empty() ? "new" : from).Add("->");
  words.Add(to.empty() ? "deleted" : to).Add("v", Text(entry, "version"));
  const std::string by = Text(entry, "by");
  return by == "timer" ? words.text() : words.Add("by", " " + by).text();
}

std::string OfFault(const json& entry) {
  Words words;
  words.Add("rule", " " + Text(entry, "rule")).Add(Text(entry, "did"));
  words.Add(ShortTopic(Text(entry, "to")));
  return words.Details(Text(entry, "outcome")).text();
}

std::string OfRule(const json& entry) {
  return Words().Add(Text(entry, "did")).Add(Text(entry, "rule")).Details(Object(entry, "fault")).text();
}

std::string OfClock(const json& entry) {
  const json jump = entry.value("jump_ms", json(0));
  const bool back = jump.is_number() && jump.get<int64_t>() < 0;
  return "jumps " + (back ? Text(entry, "jump_ms") : "+" + Text(entry, "jump_ms")) + " ms, now " +
         Text(entry, "offset_ms") + " ms off the machine's";
}

std::string OfStart(const json& entry) {
  std::string readings;
  const json taken = entry.value("readings", json::object());
  for (const auto& [name, on] : taken.items()) {
    if (on == true) readings += (readings.empty() ? "" : ",") + name;
  }
  Words words;
  words.Add("drydock").Add(Text(entry, "version")).Add("seed", " " + Text(entry, "seed"));
  const json faults = entry.value("faults", json::array());
  words.Add("readings", " " + (readings.empty() ? "default" : readings));
  return words.Details(faults.empty() ? "" : "faults " + Object(entry, "faults")).text();
}

std::string OfUnknown(json entry) {
  for (const char* shown : {"n", "at", "kind", "thing"}) entry.erase(shown);
  return entry.dump(-1, ' ', false, json::error_handler_t::replace);
}

struct Kind {
  const char* mark;
  const char* colour;  // of the mark: SGR
  std::string (*tell)(const json& entry);
};

const Kind* Find(const std::string& kind) {
  static const std::map<std::string, Kind, std::less<>> kKinds = {
      {"mqtt-in", {"-->", "36", FromDevice}},    {"mqtt-out", {"<--", "32", FromService}},
      {"device", {"-->", "36", OfAgent}},        {"http", {"operator", "35", FromOperator}},
      {"execution", {"job", "34", OfExecution}}, {"timer", {"timer", "33", OfExecution}},
      {"fault", {"fault", "31", OfFault}},       {"rule", {"rule", "31", OfRule}},
      {"clock", {"clock", "33", OfClock}},       {"start", {"start", "1", OfStart}}};
  const auto found = kKinds.find(kind);
  return found == kKinds.end() ? nullptr : &found->second;
}

bool BeginsCharacter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }

// Without control characters: those below 32, DEL, and 0x80 to 0x9F, which UTF-8 writes as C2 80 to C2 9F.
std::string Harmless(const std::string& text) {
  std::string harmless;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    if (byte < 0x20 || byte == 0x7F) {
      harmless += '?';
    } else if (byte == 0xC2 && next >= 0x80 && next <= 0x9F) {
      harmless += '?';
      ++i;
    } else {
      harmless += text[i];
    }
  }
  return harmless;
}

// At most so many characters; a cut one ends in "...".
std::string Cut(const std::string& text, std::size_t most) {
  constexpr std::size_t kDots = 3;
  const auto length = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), BeginsCharacter));
  if (length <= most) return text;
  const std::size_t kept = most > kDots ? most - kDots : 0;
  std::size_t characters = 0;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (BeginsCharacter(text[at]) && ++characters > kept) break;
  }
  return text.substr(0, at) + std::string(std::min(most, kDots), '.');
}

std::string Padded(std::string text, std::size_t width) {
  const auto length = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), BeginsCharacter));
  return text + std::string(length < width ? width - length : 0, ' ');
}

}  // namespace

std::string WatchLine(const std::string& time, const json& entry, const Look& look) {
  if (!entry.is_object()) return WatchLine(time, json::object(), look);
  const std::string name = Text(entry, "kind");
  const Kind* kind = Find(name);
  const std::string before = Harmless(time + "  " + Padded(Text(entry, "thing"), kThingColumn) + "  ");
  const std::string mark = Harmless(Padded(kind == nullptr ? name : kind->mark, kMarkColumn) + " ");
  const std::string what = Harmless(kind == nullptr ? OfUnknown(entry) : kind->tell(entry));
  const std::string line = Cut(before + mark + what, look.width == 0 ? std::string::npos : look.width);
  const std::size_t mark_end = before.size() + mark.size();
  if (!look.colour || kind == nullptr || line.size() < mark_end) return line;
  return "\x1b[2m" + before + "\x1b[0m\x1b[" + kind->colour + "m" + mark + "\x1b[0m" + line.substr(mark_end);
}

}  // namespace kedge::drydock
