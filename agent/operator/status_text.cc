// The status document as a page for people.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/status_report.h"
#include "operator/times.h"

namespace kedge::op {
namespace {

using Json = nlohmann::ordered_json;
// -----------------------------------------------------------------------------------------------------

// Reads members that may be absent or of another type: the document may come from another version of the
// agent.
std::string TextOf(const Json& json, const char* member) {
  const auto found = json.is_object() ? json.find(member) : json.end();
  if (found == json.end()) return "";
  return SafeLine(found->is_string() ? found->get<std::string>() : found->dump());
}
const Json& GroupOf(const Json& json, const char* member) {
  static const Json kNone;  // a constant, not state: json has no literal
  const auto found = json.is_object() ? json.find(member) : json.end();
  return found == json.end() ? kNone : *found;
}

std::string Execution(const Json& json) {
  return "job " + TextOf(json, "jobId") + ", execution " + TextOf(json, "executionNumber");
}

std::string Ago(const std::string& iso_time, int64_t now) {
  const int64_t wall = WallOf(iso_time);
  return wall == 0 ? "" : LocalTime(wall) + " (" + Span(now - wall) + " ago)";
}

class Page {
 public:
  Page(const Look& look, int64_t now) : look_(look), now_(now) {}

  void Heading(const Json& status) {
    const std::string state = TextOf(status, "state");
    const std::string thing = TextOf(status, "thing");
    Line("Thing", Paint(look_, Colour::kBold, thing.empty() ? "(not set)" : thing));
    const Json& agent = GroupOf(status, "agent");
    const bool running = GroupOf(agent, "running") == true;
    Line("Agent",
         "kedged " + TextOf(agent, "version") +
             (running ? "" : ", " + Paint(look_, Colour::kRed, "not running: read from the journal")));
    Line("State", PaintWord(look_, state));
    Line("Link", PaintWord(look_, TextOf(status, "link")));
  }
  void Current(const Json& execution) {
    if (!execution.is_object()) return;
    Line("Job", Execution(execution));
    Line("Phase", TextOf(execution, "phase") + Since(TextOf(execution, "acceptedAt"), ", accepted "));
    const Json& step = GroupOf(execution, "step");
    if (step.is_object()) {
      const std::string task = TextOf(step, "task");
      Line("Step", TextOf(step, "number") + " of " + TextOf(step, "of") + ", '" + TextOf(step, "name") + "'" +
                       (task.empty() ? "" : ": " + task) + Since(TextOf(step, "since"), " since "));
    }
    if (step.is_object()) Told(step);
    const Json& cause = GroupOf(execution, "cause");
    if (cause.is_object()) Line("Cause", TextOf(cause, "text"));
    const Json& details = GroupOf(cause, "serviceDetails");
    if (details.is_object()) {
      for (const auto& [key, value] : details.items())
        Line("", SafeLine(key) + " = " + TextOf(details, key.c_str()));
    }
    if (execution.contains("verdict")) Line("Verdict", PaintWord(look_, TextOf(execution, "verdict")));
    const Json& cancel = GroupOf(execution, "cancel");
    Line("Cancel", TextOf(cancel, "text"));
    for (const Json& undone : GroupOf(cancel, "undoes")) {
      std::string by;
      for (const Json& means : GroupOf(undone, "by")) {
        by +=
            (by.empty() ? "" : ", ") + SafeLine(means.is_string() ? means.get<std::string>() : means.dump());
      }
      Line("", "step " + TextOf(undone, "step") + ", '" + TextOf(undone, "name") +
                   "': " + (by.empty() ? Paint(look_, Colour::kRed, "no way back") : by));
    }
  }
  // What the step says of itself, and what keeps it from ending.
  void Told(const Json& step) {
    const Json& told = GroupOf(step, "told");
    if (told.is_object()) {
      const std::string percent = TextOf(told, "progress");
      const std::string at = TextOf(told, "step");
      Line("Progress",
           (percent.empty() ? "" : percent + " %") + (percent.empty() || at.empty() ? "" : ", ") + at);
      for (const auto& [key, value] : told.items()) {
        if (key != "progress" && key != "step") Line("", SafeLine(key) + " = " + TextOf(told, key.c_str()));
      }
    }
    const std::string survivor = TextOf(step, "waitsFor");
    if (!survivor.empty()) Line("Waits for", Paint(look_, Colour::kRed, survivor + ", which outlives KILL"));
  }
  void Last(const Json& last) {
    if (!last.is_object()) return;
    const std::string verdict = TextOf(last, "verdict");
    Line("Last", Execution(last) + ": " + PaintWord(look_, TextOf(last, "status")) +
                     (verdict.empty() ? "" : ", verdict " + PaintWord(look_, verdict)) +
                     Since(TextOf(last, "closedAt"), ", "));
    Line("", TextOf(last, "text"));
  }
  void Quarantine(const Json& quarantine) {
    if (!quarantine.is_object()) return;
    Line("Quarantine", Paint(look_, Colour::kRed, TextOf(quarantine, "reason")));
    const bool stranded = quarantine.contains("stranded");
    Line("", "since " + Ago(TextOf(quarantine, "since"), now_) +
                 "; no job is taken. Look at the device, then: " +
                 (stranded ? "kedge rollback --retry, or kedge clear" : "kedge clear"));
  }
  void Note(const std::string& note) { Line("Note", note); }

  std::string Take() { return std::move(text_); }

 private:
  std::string Since(const std::string& iso_time, const std::string& before) const {
    const std::string ago = Ago(iso_time, now_);
    return ago.empty() ? "" : before + ago;
  }
  void Line(const std::string& label, const std::string& text) {
    if (text.empty()) return;
    constexpr size_t kLabels = 10;
    text_ += std::string(kLabels - std::min(kLabels, label.size()), ' ') + label +
             (label.empty() ? "  " : ": ") + text + "\n";
  }

  const Look& look_;
  int64_t now_;
  std::string text_;
};

}  // namespace

Result<std::string> StatusText(std::string_view json, const Look& look, int64_t now) {
  const Json status = Json::parse(json, nullptr, false);
  if (!status.is_object()) return Unexpected{ErrorKind::kInvalid, "the agent's status is not a JSON object"};
  Page page(look, now);
  page.Heading(status);
  page.Current(GroupOf(status, "execution"));
  page.Last(GroupOf(status, "last"));
  page.Quarantine(GroupOf(status, "quarantine"));
  for (const Json& note : GroupOf(status, "notes")) {
    if (note.is_string()) page.Note(SafeLine(note.get<std::string>()));
  }
  return page.Take();
}

}  // namespace kedge::op
