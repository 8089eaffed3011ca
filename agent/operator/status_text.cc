// The status document as a page for people.
#include <algorithm>
#include <cstdlib>
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
int64_t CountOf(const Json& json, const char* member) {
  const auto found = json.is_object() ? json.find(member) : json.end();
  constexpr int64_t kMost = 1'000'000;
  return found != json.end() && found->is_number_unsigned() ? std::min(found->get<int64_t>(), kMost) : 0;
}
const Json& GroupOf(const Json& json, const char* member) {
  static const Json kNone;  // a constant, not state: json has no literal
  const auto found = json.is_object() ? json.find(member) : json.end();
  return found == json.end() ? kNone : *found;
}

std::string Execution(const Json& json) {
  const std::string number = TextOf(json, "executionNumber");
  return TextOf(json, "jobId") + (number == "0" ? ", a local run" : ", execution " + number);
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
    if (step.is_object()) Progress(TextOf(execution, "phase"), step);
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
  // Of the whole job, each step counting as much as another; while it goes forward.
  void Progress(const std::string& phase, const Json& step) {
    if (phase != "running" && phase != "pausing" && phase != "rebooting" && phase != "connecting") return;
    const int64_t number = CountOf(step, "number");
    const int64_t of = CountOf(step, "of");
    if (number < 1 || of < number) return;
    const std::string told = TextOf(GroupOf(step, "told"), "progress");
    const int percent =
        static_cast<int>(((number - 1) * 100 + std::clamp<int64_t>(std::atoi(told.c_str()), 0, 100)) / of);
    Line("Progress", Bar(percent) + " " + std::to_string(percent) + " %" +
                         (told.empty() ? "" : "; the step says " + told + " %"));
  }
  // What the step says of itself, and what keeps it from ending.
  void Told(const Json& step) {
    const Json& told = GroupOf(step, "told");
    if (told.is_object()) {
      Line("", TextOf(told, "step"));
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
    std::string begin =
        std::string(kLabels - std::min(kLabels, label.size()), ' ') + label + (label.empty() ? "  " : ": ");
    const size_t indent = kLabels + 2;
    for (const std::string& part : Wrap(text, look_.width > 2 * indent ? look_.width - indent : 0)) {
      text_ += begin + part + "\n";
      begin = std::string(indent, ' ');
    }
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
