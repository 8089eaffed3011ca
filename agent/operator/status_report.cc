#include "operator/status_report.h"

#include <nlohmann/json.hpp>

#include "core/device_state.h"
#include "operator/times.h"

namespace kedge::op {
namespace {

using Json = nlohmann::ordered_json;

bool Began(const StepRecord& record) {
  return record.phase == StepPhase::kStarted || record.phase == StepPhase::kDone ||
         record.phase == StepPhase::kFailed;
}

// The steps that a cancel would undo, in that order, and by which means.
Json Undoes(const Execution& execution) {
  Json undoes = Json::array();
  for (size_t i = execution.steps.size(); i-- > 0;) {
    if (!Began(execution.steps[i])) continue;
    const Step& step = execution.plan.document.steps[i];
    Json by = Json::array();
    if (step.rollback || execution.plan.verbs[i].rollback) by.push_back("rollback");
    for (const std::string& guard : execution.steps[i].guarded) by.push_back("guard " + guard);
    undoes.push_back({{"step", i + 1}, {"name", step.name}, {"by", by}});
  }
  return undoes;
}

// What the core would answer to a cancel in this phase, said beforehand.
Json Cancel(const Execution& execution) {
  const auto say = [](bool possible, const char* text) {
    return Json{{"possible", possible}, {"text", text}};
  };
  Json cancel;
  switch (execution.phase) {
    case Phase::kChecking:
    case Phase::kAccepting:
      return say(true, "no step has run: there is nothing to undo");
    case Phase::kRunning:
      cancel = execution.called_off
                   ? say(true, "called off already: undone when the running step ends; with --force at once")
                   : say(true, "undoes these steps when the running one ends; with --force at once");
      break;
    case Phase::kPausing:
      cancel = say(true, "undoes these steps instead of trying again");
      break;
    case Phase::kConnecting:
      cancel = say(true, "undoes these steps");
      break;
    case Phase::kRebooting:
      cancel = say(true, "undoes these steps instead of going on after the reboot");
      break;
    case Phase::kFinishing:
      if (execution.update && execution.update->attempts > 0) {
        return say(false, "SUCCEEDED is reported: only the service can end it now");
      }
      cancel = say(true, "undoes these steps");
      break;
    case Phase::kStopping:
    case Phase::kRollingBack:
      return say(false, "it is being stopped and undone already");
    case Phase::kReporting:
      return say(false, "it is over: the final status is being reported");
  }
  cancel["undoes"] = Undoes(execution);
  return cancel;
}

Json StepNow(const Execution& execution) {
  const auto& steps = execution.plan.document.steps;
  Json step{{"number", execution.cursor + 1}, {"of", steps.size()}, {"name", steps[execution.cursor].name}};
  if (execution.task) {
    step["task"] = std::string(ToString(execution.task->kind)) +
                   (execution.task->guard.empty() ? "" : " " + execution.task->guard);
    const int64_t since = execution.steps[execution.cursor].started_wall;
    if (execution.task->kind == TaskKind::kRun && since > 0) step["since"] = IsoTime(since);
    if (!execution.survivor.empty()) step["waitsFor"] = execution.survivor;
  }
  if (const auto& told = execution.steps[execution.cursor].told; !told.empty()) step["told"] = told;
  return step;
}

Json CauseOf(const Cause& cause) {
  Json json{{"kind", ToString(cause.kind)}, {"text", cause.text}};
  if (cause.service_status) json["serviceStatus"] = ToString(*cause.service_status);
  if (!cause.service_details.empty()) {
    json[cause.kind == CauseKind::kCancelled ? "statusDetails" : "serviceDetails"] = cause.service_details;
  }
  return json;
}

Json Current(const Execution& execution) {
  Json json{{"jobId", execution.id.job.value},
            {"executionNumber", execution.id.number},
            {"versionNumber", execution.version},
            {"etag", std::to_string(execution.id.number) + ":" + std::to_string(execution.version)},
            {"phase", ToString(execution.phase)},
            {"offeredAt", IsoTime(execution.offered_wall)}};
  if (execution.accepted_wall > 0) json["acceptedAt"] = IsoTime(execution.accepted_wall);
  const bool in_a_step = execution.phase != Phase::kAccepting && execution.phase != Phase::kFinishing &&
                         execution.phase != Phase::kReporting;
  if (in_a_step && execution.cursor < execution.plan.document.steps.size()) json["step"] = StepNow(execution);
  if (execution.cause) json["cause"] = CauseOf(*execution.cause);
  if (execution.verdict) json["verdict"] = ToString(*execution.verdict);
  json["cancel"] = Cancel(execution);
  return json;
}

}  // namespace

std::string StatusJson(const State& state, const StatusContext& context) {
  Json json{{"agent", {{"version", context.version}, {"running", context.agent_running}}},
            {"thing", context.thing},
            {"state", ToString(DeviceStateOf(state))},
            {"link", !context.agent_running ? "unknown"
                     : state.link_up        ? "up"
                                            : "down"}};
  if (context.agent_running) json["recovering"] = context.recovering;
  if (state.current) json["execution"] = Current(*state.current);
  if (!state.ledger.empty()) {
    const Closed& closed = state.ledger.front();
    Json& last = json["last"];
    last = {{"jobId", closed.id.job.value},
            {"executionNumber", closed.id.number},
            {"status", ToString(closed.status)}};
    if (closed.verdict) last["verdict"] = ToString(*closed.verdict);
    last["text"] = closed.text;
    last["closedAt"] = IsoTime(closed.closed_wall);
  }
  if (state.quarantine) {
    Json& quarantine = json["quarantine"];
    if (!state.quarantine->by.job.value.empty()) {
      quarantine["jobId"] = state.quarantine->by.job.value;
      quarantine["executionNumber"] = state.quarantine->by.number;
    }
    quarantine["reason"] = state.quarantine->reason;
    quarantine["since"] = IsoTime(state.quarantine->since_wall);
    Json stranded = Json::array();
    for (const Execution& execution : state.stranded) {
      stranded.push_back({{"jobId", execution.id.job.value}, {"executionNumber", execution.id.number}});
    }
    if (!stranded.empty()) quarantine["stranded"] = std::move(stranded);
  }
  if (!context.notes.empty()) json["notes"] = context.notes;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<StatusBrief> BriefOf(std::string_view json) {
  const Json document = Json::parse(json, nullptr, false);
  if (!document.is_object()) return std::nullopt;
  return StatusBrief{.recovering = document.value("recovering", false),
                     .has_job = document.contains("execution"),
                     .quarantined = document.contains("quarantine")};
}

std::string ReplyJson(bool accepted, const std::string& text) {
  return Json{{"accepted", accepted}, {"text", text}}.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::string ReachedJson(bool reached, const std::string& text) {
  Json json{{"reached", reached}};
  if (!text.empty()) json["text"] = text;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string PrettyJson(const std::string& json) {
  const Json document = Json::parse(json, nullptr, false);
  return document.is_discarded() ? json : document.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace kedge::op
