#include "operator/metrics_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "operator/times.h"

namespace kedge::op {
namespace {

using Json = nlohmann::json;

constexpr const char* kStates[] = {"idle", "running", "rolling-back", "quarantined"};

std::string TextOf(const Json& json, const char* member) {
  const auto found = json.is_object() ? json.find(member) : json.end();
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}
const Json& GroupOf(const Json& json, const char* member) {
  static const Json kNone;
  const auto found = json.is_object() ? json.find(member) : json.end();
  return found == json.end() ? kNone : *found;
}
int64_t NumberOf(const Json& json, const char* member) {
  const auto found = json.is_object() ? json.find(member) : json.end();
  return found != json.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
}

// A label's value: quotes, backslashes and line feeds are escaped, as the format wants.
std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '\n') {
      quoted += "\\n";
    } else {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
  }
  return quoted + "\"";
}

using Labels = std::vector<std::pair<const char*, std::string>>;

struct Figure {
  const char* name;
  const char* help;
  Labels labels;
  std::string value;  // a number
};

class Page {
 public:
  // Begins a metric; its samples follow.
  void Gauge(const char* name, const char* help) {
    name_ = name;
    help_ = help;
  }
  void Sample(const std::string& value, const Labels& labels = {}) {
    figures_.push_back({name_, help_, labels, value});
  }
  void Single(const char* name, const char* help, const std::string& value) {
    Gauge(name, help);
    Sample(value);
  }
  const std::vector<Figure>& figures() const { return figures_; }

 private:
  const char* name_ = "";
  const char* help_ = "";
  std::vector<Figure> figures_;
};

std::string Flag(bool is) { return is ? "1" : "0"; }

// Seconds since the epoch, with milliseconds.
std::string Seconds(const std::string& iso_time) {
  const int64_t wall = WallOf(iso_time);
  std::string millis = std::to_string(wall % 1000);
  millis.insert(0, 3 - std::min<size_t>(3, millis.size()), '0');
  return std::to_string(wall / 1000) + "." + millis;
}

void Agent(const Json& status, Page& page) {
  const Json& agent = GroupOf(status, "agent");
  page.Gauge("kedge_info", "The agent and its thing.");
  page.Sample("1", {{"version", TextOf(agent, "version")}, {"thing", TextOf(status, "thing")}});
  page.Single("kedge_up", "Whether kedged runs.", Flag(GroupOf(agent, "running") == true));
  page.Single("kedge_link_up", "Whether the device is connected and subscribed.",
              Flag(TextOf(status, "link") == "up"));
  page.Gauge("kedge_state", "What the device does: 1 for the state that it is in.");
  for (const char* state : kStates) page.Sample(Flag(TextOf(status, "state") == state), {{"state", state}});
  page.Single("kedge_recovering", "Whether something interrupted is still being ended or undone.",
              Flag(GroupOf(status, "recovering") == true));
  page.Single("kedge_quarantined", "Whether no job is taken, because the device may not be as it should.",
              Flag(GroupOf(status, "quarantine").is_object()));
}

void Jobs(const Json& status, Page& page) {
  const Json& execution = GroupOf(status, "execution");
  page.Single("kedge_job_in_progress", "Whether a job is there.", Flag(execution.is_object()));
  if (execution.is_object()) {
    const Json& step = GroupOf(execution, "step");
    page.Single("kedge_job_step", "The step that runs or is undone, from 1.",
                std::to_string(NumberOf(step, "number")));
    page.Single("kedge_job_steps", "Steps of the job.", std::to_string(NumberOf(step, "of")));
    page.Single("kedge_job_offered_timestamp_seconds", "When the job was offered.",
                Seconds(TextOf(execution, "offeredAt")));
  }
  const Json& last = GroupOf(status, "last");
  if (last.is_object()) {
    page.Gauge("kedge_last_job_end_timestamp_seconds", "When the last job ended, and how.");
    page.Sample(Seconds(TextOf(last, "closedAt")),
                {{"status", TextOf(last, "status")}, {"verdict", TextOf(last, "verdict")}});
  }
}

Result<std::vector<Figure>> FiguresOf(const MetricsInput& input) {
  Page page;
  if (input.status.empty()) {
    page.Single("kedge_up", "Whether kedged runs.", Flag(false));
    return page.figures();
  }
  const Json status = Json::parse(input.status, nullptr, false);
  if (!status.is_object()) return Unexpected{ErrorKind::kInvalid, "the agent's status is not a JSON object"};
  Agent(status, page);
  Jobs(status, page);
  if (!input.ends.empty()) {
    page.Gauge("kedge_history_jobs", "Jobs in the history, which keeps the newest, by their end.");
    for (const EndCount& end : input.ends) {
      page.Sample(std::to_string(end.count), {{"status", end.status}, {"verdict", end.verdict}});
    }
  }
  if (input.bytes) {
    page.Single("kedge_journal_bytes", "Size of the journal's files.", std::to_string(*input.bytes));
  }
  return page.figures();
}

}  // namespace

Result<std::string> MetricsText(const MetricsInput& input) {
  const auto figures = FiguresOf(input);
  if (!figures) return Unexpected(figures.error());
  std::string text;
  const char* last = nullptr;
  for (const Figure& figure : *figures) {
    const std::string name = figure.name;
    if (figure.name != last) text += "# HELP " + name + " " + figure.help + "\n# TYPE " + name + " gauge\n";
    last = figure.name;
    text += name;
    for (size_t i = 0; i < figure.labels.size(); ++i) {
      text +=
          (i == 0 ? "{" : ",") + std::string(figure.labels[i].first) + "=" + Quoted(figure.labels[i].second);
    }
    text += (figure.labels.empty() ? " " : "} ") + figure.value + "\n";
  }
  return text;
}

Result<std::string> MetricsJson(const MetricsInput& input) {
  const auto figures = FiguresOf(input);
  if (!figures) return Unexpected(figures.error());
  auto json = nlohmann::ordered_json::array();
  for (const Figure& figure : *figures) {
    auto labels = nlohmann::ordered_json::object();
    for (const auto& [label, value] : figure.labels) labels[label] = value;
    json.push_back({{"name", figure.name},
                    {"help", figure.help},
                    {"labels", std::move(labels)},
                    {"value", Json::parse(figure.value)}});
  }
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace kedge::op
