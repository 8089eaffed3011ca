#include "local/run_printer.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "operator/history_report.h"
#include "operator/times.h"
#include "sys/clock.h"

namespace kedge::local {
namespace {

using Json = nlohmann::ordered_json;

std::string OneLine(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string WhatItMeans(const RunEnd& end) {
  if (!end.status) return "nothing was run";
  if (*end.status == JobStatus::kSucceeded) return "done, for good";
  if (!end.verdict) return end.text;
  switch (*end.verdict) {
    case Verdict::kSafe:
      return "the device is as it was before";
    case Verdict::kUnknown:
      return "nobody can tell whether the device is as it was before";
    case Verdict::kUnsafe:
      return "the device is NOT as it was before, and in quarantine";
  }
  return "";
}

}  // namespace

void RunPrinter::Started(const JobId& job, const std::string& file) {
  if (json_) return write_(OneLine({{"event", "run-started"}, {"jobId", job.value}, {"file", file}}));
  write_("Job " + op::Paint(look_, op::Colour::kBold, job.value) + " from " + op::SafeLine(file) +
         ", without the service. Ctrl-C calls it off.\n");
}

void RunPrinter::History(const HistoryEntry& entry) {
  Flush();
  if (!json_) return write_(op::EntryText(entry, look_));
  Json json = Json::parse(op::EntryJson(entry), nullptr, false);
  json["jobId"] = entry.execution.job.value;
  write_(OneLine(json));
}

void RunPrinter::Told(const ServiceExecution& execution) {
  Flush();
  if (json_) {
    return write_(
        OneLine({{"event", "told"}, {"status", ToString(execution.status)}, {"details", execution.details}}));
  }
  // What the history does not have: how a step gets on.
  if (execution.status != JobStatus::kInProgress || execution.details == told_) return;
  told_ = execution.details;
  std::string words;
  for (const auto& [key, value] : told_) words += (words.empty() ? "" : ", ") + key + " = " + value;
  HistoryEntry entry;
  entry.wall = sys::WallMillis();
  entry.kind = "told";
  entry.text = words;
  write_(op::EntryText(entry, look_));
}

void RunPrinter::Printed(int64_t task, bool is_stderr, std::string_view bytes) {
  for (const op::OutputLine& line : lines_.Add(task, is_stderr, bytes)) Line(line);
}

void RunPrinter::Line(const op::OutputLine& line) {
  if (json_) {
    return write_(OneLine({{"event", "output"},
                           {"task", line.task},
                           {"stream", line.is_stderr ? "stderr" : "stdout"},
                           {"text", line.text}}));
  }
  write_(op::Paint(look_, op::Colour::kFaint, line.is_stderr ? "  err | " : "      | ") +
         op::SafeLine(line.text) + "\n");
}

void RunPrinter::Flush() {
  for (const op::OutputLine& line : lines_.Rest()) Line(line);
}

void RunPrinter::Note(const std::string& text) {
  Flush();
  if (json_) return write_(OneLine({{"event", "note"}, {"text", text}}));
  write_(op::Paint(look_, op::Colour::kBold, "-- " + op::SafeLine(text)) + "\n");
}

void RunPrinter::Ended(const RunEnd& end) {
  Flush();
  if (json_) {
    Json json{{"event", "run-ended"}, {"jobId", end.job.value}};
    if (end.status) json["status"] = ToString(*end.status);
    if (end.verdict) json["verdict"] = ToString(*end.verdict);
    json.update(Json{{"text", end.text}, {"tookMs", end.took}, {"exitStatus", end.exit_status}});
    return write_(OneLine(json));
  }
  std::string words = end.status ? op::PaintWord(look_, std::string(ToString(*end.status))) : "NOT RUN";
  if (end.verdict) words += ", verdict " + op::PaintWord(look_, std::string(ToString(*end.verdict)));
  words += " after " + op::Span(end.took) + ": " + WhatItMeans(end) + "\n";
  if (end.status != JobStatus::kSucceeded && !end.text.empty()) words += "  " + op::SafeLine(end.text) + "\n";
  write_(words);
}

}  // namespace kedge::local
