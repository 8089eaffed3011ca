#include "cancel/cancel.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "cancel/skeleton.h"
#include "cancel/wait.h"
#include "operator/terminal.h"

namespace kedge::cancel {
namespace {

using nlohmann::json;
using Ordered = nlohmann::ordered_json;

std::string TextIn(const json& object, const char* member) {
  const auto found = object.is_object() ? object.find(member) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}
int64_t NumberIn(const json& object, const char* member) {
  const auto found = object.is_object() ? object.find(member) : object.end();
  return found != object.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
}
json MemberOf(const json& object, const char* member) {
  return object.is_object() && object.contains(member) ? object[member] : json();
}

// What a status document says of one execution; nothing: it tells of others.
std::optional<Stand> StandIn(const json& status, const std::string& job, int64_t number) {
  const auto is_it = [&](const json& one) {
    return TextIn(one, "jobId") == job && NumberIn(one, "executionNumber") == number;
  };
  const json current = MemberOf(status, "execution");
  if (is_it(current)) {
    return Stand{.over = false,
                 .begun = current.contains("acceptedAt"),
                 .phase = TextIn(current, "phase"),
                 .verdict = TextIn(current, "verdict"),
                 .text = TextIn(MemberOf(current, "cause"), "text")};
  }
  const json last = MemberOf(status, "last");
  const auto ended = JobStatusFrom(TextIn(last, "status"));
  if (!is_it(last) || !ended) return std::nullopt;
  return Stand{
      .over = true, .status = *ended, .verdict = TextIn(last, "verdict"), .text = TextIn(last, "text")};
}

class Cancelling {
 public:
  Cancelling(const Io& io, const CommandLine& line, Agent& agent)
      : io_(io), request_(line.request), json_(line.json), agent_(agent) {}

  int Run() {
    if (request_.ask && !MayGoOn()) return kFailed;
    auto answered = agent_.Cancel(request_.body.dump());
    if (!answered) {
      return Fail(answered.error().message +
                  (answered.error().kind == ErrorKind::kDenied ? "; type: sudo kedge cancel ..." : ""));
    }
    const json answer = json::parse(*answered, nullptr, false);
    if (!answer.is_object() || !answer.contains("accepted") || !answer["accepted"].is_boolean()) {
      return Fail("kedged's answer is not understood; are kedged and kedge of one version?");
    }
    Note(answer);
    if (!answer["accepted"]) {
      PrintJson();
      if (json_) return kFailed;
      const std::string code = TextIn(answer, "code");
      return Fail(TextIn(answer, "message") + (code.empty() ? "" : " (" + code + ")"));
    }
    if (!json_) io_.out(op::SafeLine(TextIn(answer, "message")) + "\n");
    const int status = request_.wait_for.empty() ? kDone : WaitFor(NumberIn(answer, "executionNumber"));
    PrintJson();
    return status;
  }

 private:
  int Fail(const std::string& why, int status = kFailed) {
    io_.err(op::SafeLine(why));
    return status;
  }

  // What the agent itself says that a cancel now would do, in lines; "": the job is not there.
  std::string WhatItWouldDo(bool forced) {
    const auto status = agent_.Status();
    const json document = status ? json::parse(*status, nullptr, false) : json();
    const json current = MemberOf(document, "execution");
    if (TextIn(current, "jobId") != request_.job) return "";
    const json cancel = MemberOf(current, "cancel");
    const bool in_step = TextIn(current, "phase") == "running" && MemberOf(cancel, "possible") == true;
    const std::string what = !in_step ? TextIn(cancel, "text")
                             : forced ? "stops the running step now, and undoes these"
                                      : "undoes these steps when the running one ends";
    const json undoes = MemberOf(cancel, "undoes");
    std::string text =
        op::SafeLine("A cancel of job " + request_.job + ": " + what) + (undoes.empty() ? "\n" : ":\n");
    for (const json& step : undoes) {
      std::string by;
      for (const json& means : MemberOf(step, "by")) {
        if (means.is_string()) by += (by.empty() ? "" : ", ") + means.get<std::string>();
      }
      text += op::SafeLine("  step " + std::to_string(NumberIn(step, "step")) + ", '" + TextIn(step, "name") +
                           "': " + (by.empty() ? "no way back" : by)) +
              "\n";
    }
    return text;
  }

  bool MayGoOn() {
    const bool forced = request_.body.value("force", false) || request_.body.value("isForced", false);
    const auto yes = io_.confirm(WhatItWouldDo(forced) + op::SafeLine("Call job " + request_.job + " off" +
                                                                      (forced ? " at once" : "") + "?"));
    if (yes && *yes) return true;
    Fail(yes ? "not called off"
             : "nobody is at a terminal to be asked; type: kedge cancel " + request_.job + " --yes");
    return false;
  }

  Result<Stand> Look(int64_t number) {
    auto status = agent_.Status();
    if (!status) return Unexpected(status.error());
    if (const auto stand = StandIn(json::parse(*status, nullptr, false), request_.job, number)) return *stand;
    // Others have come and gone since.
    auto past = agent_.FindPast(request_.job, number);
    if (!past) return Unexpected(past.error());
    const auto ended = *past ? JobStatusFrom((*past)->status) : std::nullopt;
    if (!ended)
      return Unexpected{ErrorKind::kNotFound, "neither the agent nor its journal knows how it stands"};
    return Stand{.over = true, .status = *ended, .verdict = (*past)->verdict, .text = (*past)->text};
  }

  // Once, and only who has to wait.
  void SayThatItWaits() {
    if (!json_ && !told_) {
      io_.err("waiting for " + Awaiteds() + ", at most " + std::to_string(request_.max_wait_seconds) +
              " s; Ctrl-C stops only the waiting");
    }
    told_ = true;
  }

  int WaitFor(int64_t number) {
    const WaitDoors doors{.look = [this, number] { return Look(number); },
                          .pause =
                              [this](std::chrono::milliseconds limit) {
                                SayThatItWaits();
                                agent_.WaitForChange(limit);
                              },
                          .now = io_.now};
    const Waited waited = Wait(request_.wait_for, std::chrono::seconds(request_.max_wait_seconds),
                               std::chrono::seconds(request_.wait_interval_seconds), doors);
    Note(waited);
    const std::string verdict = waited.stand ? waited.stand->verdict : "";
    const std::string job = "job " + request_.job;
    switch (waited.end) {
      case Waited::End::kReached:
        if (!json_) {
          io_.out(job + " is " + std::string(ToString(*waited.state)) +
                  (verdict.empty() ? "" : ", verdict " + op::SafeLine(verdict)) + "\n");
        }
        if (verdict == "unsafe") Fail("the device is not as it was before " + job + "; type: kedge status");
        return kDone;
      case Waited::End::kImpossible:
        return Fail(job + " ended " + std::string(kedge::ToString(waited.stand->status)) +
                        (verdict.empty() ? "" : ", verdict " + verdict) + ", so " + Awaiteds() +
                        " cannot come any more" +
                        (waited.stand->text.empty() ? "" : ": " + waited.stand->text),
                    kImpossible);
      case Waited::End::kTooLong:
        break;
    }
    const std::string now = !waited.trouble.empty() ? waited.trouble
                            : waited.stand          ? "it is " + waited.stand->phase
                                                    : "it was not seen";
    return Fail("Failed to wait until " + job + " entered the specified state " + Awaiteds() + " within " +
                    std::to_string(request_.max_wait_seconds) + " s: " + now +
                    ". It goes on; type: kedge status",
                kTooLong);
  }

  std::string Awaiteds() const {
    std::string all;
    for (const Awaited state : request_.wait_for)
      all.append(all.empty() ? "" : " or ").append(ToString(state));
    return all;
  }

  void Note(const json& answer) {
    for (const char* member :
         {"accepted", "message", "code", "clientToken", "jobId", "executionNumber", "executionState"}) {
      if (answer.contains(member)) report_[member] = answer[member];
    }
    report_["text"] = TextIn(answer, "message");  // as `kedge clear --json` calls it
    if (request_.body.contains("clientToken")) report_["clientToken"] = request_.body["clientToken"];
  }
  void Note(const Waited& waited) {
    Ordered& wait = report_["wait"];
    wait["reached"] = waited.end == Waited::End::kReached;
    if (waited.state) wait["state"] = ToString(*waited.state);
    if (!waited.stand) return;
    if (waited.stand->over) wait["status"] = kedge::ToString(waited.stand->status);
    if (!waited.stand->phase.empty()) wait["phase"] = waited.stand->phase;
    if (!waited.stand->verdict.empty()) wait["verdict"] = waited.stand->verdict;
    if (!waited.stand->text.empty()) wait["text"] = waited.stand->text;
  }
  void PrintJson() {
    if (json_) io_.out(report_.dump(2, ' ', false, Ordered::error_handler_t::replace) + "\n");
  }

  const Io& io_;
  const Request& request_;
  const bool json_;
  Agent& agent_;
  bool told_ = false;
  Ordered report_ = Ordered::object();
};

}  // namespace

int Cancel(const std::vector<std::string>& arguments, const Io& io) {
  auto line = ParseCommandLine(arguments, io.read);
  if (!line) {
    io.err(op::SafeLine(line.error().message));
    return kWrongUse;
  }
  if (line->show != Show::kNothing) {
    io.out(TextFor(line->show));
    return kDone;
  }
  auto agent = io.agent(line->config);
  if (!agent) {
    io.err(op::SafeLine(agent.error().message));
    return kFailed;
  }
  return Cancelling(io, *line, **agent).Run();
}

std::string_view HelpText() { return Help(); }

}  // namespace kedge::cancel
