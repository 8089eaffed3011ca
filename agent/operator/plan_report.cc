#include "operator/plan_report.h"

#include <nlohmann/json.hpp>
#include <variant>

namespace kedge::op {
namespace {

using Json = nlohmann::ordered_json;

std::string Joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

// By which means the step is undone.
std::vector<std::string> UndoOf(const Step& step, const Verbs& verbs) {
  std::vector<std::string> means;
  if (step.rollback) {
    means.push_back("rollback of the document");
  } else if (verbs.rollback) {
    means.push_back("rollback of the handler");
  }
  for (const auto& [guard, items] : step.protect) means.push_back("guard " + guard);
  return means;
}

// What the service fills in when it hands the document out, and nobody does here: "${aws:iot:...}".
std::vector<std::string> Placeholders(const std::vector<std::string>& words) {
  std::vector<std::string> found;
  for (const std::string& word : words) {
    for (size_t from = word.find("${aws:iot:"); from != word.npos; from = word.find("${aws:iot:", from + 1)) {
      const size_t end = word.find('}', from);
      found.push_back(word.substr(from, end == word.npos ? end : end + 1 - from));
    }
  }
  return found;
}

Json AsJson(const Plan& plan, size_t i) {
  const Step& step = plan.document.steps[i];
  Json json{{"step", i + 1}, {"name", step.name}, {"runs", step.command.args}};
  if (step.command.kind == Command::Kind::kHandler) json["handler"] = step.command.handler;
  if (!step.run_as_user.empty()) json["runAsUser"] = step.run_as_user;
  if (step.is_final) json["finalStep"] = true;
  if (step.timeout) json["timeoutSeconds"] = step.timeout->count();
  json["interruptible"] = step.interruptible;
  if (step.ignore_failure) json["ignoreFailure"] = true;
  if (!step.protect.empty()) json["protects"] = step.protect;
  if (const auto open = Placeholders(step.command.args); !open.empty()) json["notFilledIn"] = open;
  json["undo"] = UndoOf(step, plan.verbs[i]);
  json["verify"] = step.verify.has_value() || plan.verbs[i].verify;
  return json;
}

class Page {
 public:
  explicit Page(const Look& look) : look_(look) {}

  void Add(const Plan& plan, size_t i) {
    const Step& step = plan.document.steps[i];
    text_ += Paint(look_, Colour::kBold, std::to_string(i + 1) + " " + SafeLine(step.name)) +
             (step.is_final ? " (finalStep: only when all others have ended well)" : "") + "\n";
    const bool is_handler = step.command.kind == Command::Kind::kHandler;
    Line(is_handler ? "handler" : "command",
         SafeLine((is_handler ? step.command.handler + " " : "") + Joined(step.command.args, " ")));
    for (const std::string& open : Placeholders(step.command.args))
      Line("", Paint(look_, Colour::kYellow, "only the service fills this in: " + SafeLine(open)));
    if (!step.run_as_user.empty()) Line("user", SafeLine(step.run_as_user));
    if (step.timeout) Line("limit", std::to_string(step.timeout->count()) + " s");
    if (!step.interruptible) {
      Line("cancel", "a forced cancel waits for this step" +
                         (step.max_uninterruptible
                              ? ", " + std::to_string(step.max_uninterruptible->count()) + " s at most"
                              : std::string(", for as long as the configuration says")));
    }
    if (step.ignore_failure) Line("failure", "ignored, and the job goes on");
    for (const auto& [guard, items] : step.protect)
      Line("protects", SafeLine(guard + ": " + Joined(items, " ")));
    const auto undo = UndoOf(step, plan.verbs[i]);
    Line("undo", undo.empty() ? Paint(look_, Colour::kRed, "no way back") : SafeLine(Joined(undo, ", ")));
    const bool has_verify = step.verify || plan.verbs[i].verify || !step.protect.empty();
    if (!undo.empty() && !has_verify) Line("", "nothing verifies it: the verdict would be unknown");
  }
  std::string Take() { return std::move(text_); }

 private:
  void Line(const std::string& label, const std::string& text) {
    constexpr size_t kLabels = 10;
    std::string begin = std::string(kLabels - label.size(), ' ') + label + (label.empty() ? "  " : ": ");
    const size_t indent = kLabels + 2;
    for (const std::string& part : Wrap(text, look_.width > 2 * indent ? look_.width - indent : 0)) {
      text_ += begin + part + "\n";
      begin = std::string(indent, ' ');
    }
  }

  const Look& look_;
  std::string text_;
};

size_t WithoutWayBack(const Plan& plan) {
  size_t count = 0;
  for (size_t i = 0; i < plan.document.steps.size(); ++i) {
    if (UndoOf(plan.document.steps[i], plan.verbs[i]).empty()) ++count;
  }
  return count;
}

}  // namespace

std::string PlanText(const Admission& admission, const Look& look) {
  if (const auto* refusal = std::get_if<Refusal>(&admission)) {
    return Paint(look, Colour::kRed, refusal->passing ? "cannot run here now" : "cannot run here") + ": " +
           SafeLine(refusal->reason) + "\n";
  }
  const Plan& plan = std::get<Plan>(admission);
  Page page(look);
  for (size_t i = 0; i < plan.document.steps.size(); ++i) page.Add(plan, i);
  const size_t stuck = WithoutWayBack(plan);
  std::string sum = std::to_string(plan.document.steps.size()) +
                    (plan.document.steps.size() == 1 ? " step; " : " steps; ") +
                    (stuck == 0 ? "each can be undone" : std::to_string(stuck) + " without a way back");
  if (plan.document.repair) sum += "; a repair: taken in quarantine, too";
  return page.Take() + "\n" + Paint(look, Colour::kGreen, "may run here") + ": " + sum + "\n";
}

std::string PlanJson(const Admission& admission) {
  Json json;
  if (const auto* refusal = std::get_if<Refusal>(&admission)) {
    json = {{"accepted", false}, {"reason", refusal->reason}, {"forNow", refusal->passing}};
  } else {
    const Plan& plan = std::get<Plan>(admission);
    json = {{"accepted", true}};
    if (plan.document.repair) json["repair"] = true;
    if (plan.document.timeout) json["timeoutSeconds"] = plan.document.timeout->count();
    json["steps"] = Json::array();
    for (size_t i = 0; i < plan.document.steps.size(); ++i) json["steps"].push_back(AsJson(plan, i));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace kedge::op
