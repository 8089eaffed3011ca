#include "operator/history_report.h"

#include <nlohmann/json.hpp>

#include "operator/times.h"

namespace kedge::op {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kOutputLines = 10;  // of each stream of each step; --json has all that was kept

Json AsJson(const PastExecution& execution) {
  Json json{{"jobId", execution.id.job.value},
            {"executionNumber", execution.id.number},
            {"queuedAt", IsoTime(execution.id.queued_at)},
            {"status", execution.status}};
  if (!execution.verdict.empty()) json["verdict"] = execution.verdict;
  json["text"] = execution.text;
  json["offeredAt"] = IsoTime(execution.offered_wall);
  if (execution.closed_wall > 0) json["closedAt"] = IsoTime(execution.closed_wall);
  return json;
}

// The document as JSON, or as the text it is: also when it nests deeper than any writer of JSON should
// follow.
Json DocumentOf(const std::string& text) {
  constexpr int kMaxDepth = 64;
  bool deep = false;
  const auto look = [&deep](int depth, Json::parse_event_t, Json&) { return !(deep |= depth > kMaxDepth); };
  Json document = Json::parse(text, look, false);
  return deep || document.is_discarded() ? Json(text) : document;
}

std::string Dump(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace); }

Json DetailOf(const HistoryEntry& entry) {
  return entry.detail.empty() ? Json() : Json::parse(entry.detail, nullptr, false);
}
std::string TextOf(const Json& detail, const char* member) {
  const auto found = detail.is_object() ? detail.find(member) : detail.end();
  return found != detail.end() && found->is_string() ? found->get<std::string>() : "";
}

Json AsJson(const HistoryEntry& entry) {
  Json line{{"at", IsoTime(entry.wall)}, {"event", entry.kind}};
  if (entry.step) line["step"] = *entry.step + 1;
  line["text"] = entry.text;
  if (const Json detail = DetailOf(entry); detail.is_object()) line["detail"] = detail;
  return line;
}

std::string Took(const PastExecution& execution) {
  return execution.closed_wall == 0 ? "-" : Span(execution.closed_wall - execution.offered_wall);
}

class Page {
 public:
  Page(const PastExecution& execution, const std::vector<HistoryEntry>& entries, const Look& look)
      : execution_(execution), entries_(entries), look_(look) {}

  std::string Text() {
    Heading();
    ServiceSays();
    Timeline();
    Findings();
    Outputs();
    return std::move(text_);
  }

 private:
  void Line(const std::string& label, const std::string& text) {
    if (text.empty()) return;
    constexpr size_t kIndent = 11;
    std::string begin = std::string(9 - label.size(), ' ') + label + (label.empty() ? "  " : ": ");
    Wrapped(std::move(begin), kIndent, text);
  }
  void Wrapped(std::string begin, size_t indent, const std::string& text) {
    for (const std::string& part : Wrap(text, look_.width > 2 * indent ? look_.width - indent : 0)) {
      text_ += begin + part + "\n";
      begin = std::string(indent, ' ');
    }
  }
  void Heading() {
    Line("Job", Paint(look_, Colour::kBold, SafeLine(execution_.id.job.value)) +
                    (IsLocal(execution_.id) ? ", a local run"
                                            : ", execution " + std::to_string(execution_.id.number)));
    Line("Status", PaintWord(look_, SafeLine(execution_.status)));
    Line("Verdict", PaintWord(look_, SafeLine(execution_.verdict)));
    Line("Text", SafeLine(execution_.text));
    Line("Offered", LocalTime(execution_.offered_wall) +
                        (execution_.closed_wall == 0 ? "" : ", took " + Took(execution_)));
  }
  // What the service had to say when it ended the execution, or who called it off here: the operator's own
  // reason. The newest word counts.
  void ServiceSays() {
    Json details;
    for (const HistoryEntry& entry : entries_) {
      if (entry.kind != "lost" && entry.kind != "cancel-requested") continue;
      const Json detail = DetailOf(entry);
      const char* member = entry.kind == "lost" ? "serviceDetails" : "statusDetails";
      if (detail.is_object() && detail.contains(member)) details = detail[member];
    }
    if (!details.is_object()) return;
    std::string label = "Operator";
    for (const auto& [key, value] : details.items()) {
      Line(label,
           SafeLine(key) + " = " + SafeLine(value.is_string() ? value.get<std::string>() : value.dump()));
      label.clear();
    }
  }
  void Timeline() {
    if (entries_.empty()) return;
    Table table;
    table.Add({Paint(look_, Colour::kFaint, "TIME"), "DELTA", "EVENT", "WHAT"});
    int64_t before = 0;
    for (const HistoryEntry& entry : entries_) {
      const int64_t delta = entry.wall - before;
      table.Add({Paint(look_, Colour::kFaint, LocalTime(entry.wall)),
                 before == 0 ? "" : (delta < 0 ? "" : "+") + Span(delta), SafeLine(entry.kind),
                 SafeLine(entry.text)});
      before = entry.wall;
    }
    text_ += "\n" + table.Text(look_);
  }
  // The newest verdict's grounds: what is not as it was.
  void Findings() {
    Json grounds;
    for (const HistoryEntry& entry : entries_) {
      if (entry.kind == "verdict") grounds = DetailOf(entry);
    }
    List(grounds, "differences", "Not as before the job:");
    List(grounds, "noWayBack", "Without a way back:");
    List(grounds, "notVerified", "Undone, not verified:");
  }
  void List(const Json& grounds, const char* member, const char* heading) {
    if (!grounds.is_object() || !grounds.contains(member) || !grounds[member].is_array()) return;
    if (grounds[member].empty()) return;
    text_ += "\n" + Paint(look_, Colour::kBold, heading) + "\n";
    for (const Json& item : grounds[member]) {
      if (item.is_string()) Wrapped("  ", 2, SafeLine(item.get<std::string>()));
    }
  }
  // The end of what each task printed, beneath how it ended.
  void Outputs() {
    for (const HistoryEntry& entry : entries_) {
      if (!entry.step || entry.detail.empty()) continue;
      const Json detail = DetailOf(entry);
      std::string lines;
      for (const auto& [member, mark] : {std::pair{"stdout", "out"}, std::pair{"stderr", "err"}}) {
        for (const std::string& line : LastLines(TextOf(detail, member), kOutputLines)) {
          lines += "  " + Paint(look_, Colour::kFaint, std::string(mark) + " |") +
                   (line.empty() ? "" : " " + line) + "\n";
        }
      }
      if (lines.empty()) continue;
      Wrapped("\n", 4, Paint(look_, Colour::kBold, SafeLine(entry.text)));
      text_ += lines;
    }
  }

  const PastExecution& execution_;
  const std::vector<HistoryEntry>& entries_;
  const Look& look_;
  std::string text_;
};

}  // namespace

std::string HistoryText(const std::vector<PastExecution>& executions, const Look& look) {
  if (executions.empty()) return "No job has been offered to this device yet.\n";
  Table table;
  table.Add({"JOB", "STATUS", "VERDICT", "OFFERED", "TOOK", "WHAT"});
  for (const PastExecution& execution : executions) {
    const bool is_local = IsLocal(execution.id);
    table.Add({SafeLine(execution.id.job.value) + (is_local ? "" : "#" + std::to_string(execution.id.number)),
               PaintWord(look, SafeLine(execution.status)),
               execution.verdict.empty() ? "-" : PaintWord(look, SafeLine(execution.verdict)),
               LocalTime(execution.offered_wall), Took(execution), SafeLine(execution.text)});
  }
  return table.Text(look);
}

std::string HistoryJson(const std::vector<PastExecution>& executions) {
  Json json = Json::array();
  for (const PastExecution& execution : executions) json.push_back(AsJson(execution));
  return Dump(json) + "\n";
}

std::string ShowText(const PastExecution& execution, const std::vector<HistoryEntry>& entries,
                     const Look& look) {
  return Page(execution, entries, look).Text();
}

std::string ShowJson(const PastExecution& execution, const std::vector<HistoryEntry>& entries) {
  Json json = AsJson(execution);
  json["document"] = DocumentOf(execution.document);
  Json& history = json["history"] = Json::array();
  for (const HistoryEntry& entry : entries) history.push_back(AsJson(entry));
  return Dump(json) + "\n";
}

int64_t TaskOf(const HistoryEntry& entry) {
  const Json detail = DetailOf(entry);
  const auto found = detail.is_object() ? detail.find("task") : detail.end();
  return found != detail.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
}

std::string EntryJson(const HistoryEntry& entry) {
  return AsJson(entry).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string EntryText(const HistoryEntry& entry, const Look& look) {
  return Paint(look, Colour::kFaint, LocalTime(entry.wall)) + "  " + SafeLine(entry.kind) + "  " +
         SafeLine(entry.text) + "\n";
}

std::string OutputText(const HistoryEntry& entry, const Look& look) {
  if (!entry.step) return "";
  const Json detail = DetailOf(entry);
  std::string lines;
  for (const auto& [member, mark] : {std::pair{"stdout", ""}, std::pair{"stderr", "err | "}}) {
    for (const std::string& line : LastLines(TextOf(detail, member), SIZE_MAX)) {
      lines += Paint(look, Colour::kFaint, mark) + line + "\n";
    }
  }
  return lines;
}

}  // namespace kedge::op
