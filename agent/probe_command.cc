#include "probe_command.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <variant>

#include "jobs/replies.h"
#include "jobs/requests.h"
#include "jobs/topics.h"
#include "link/probe.h"
#include "sys/clock.h"

namespace kedge {
namespace {

link::ProbeCheck Answered(const std::string& text) {
  return {"query", true, "the Jobs service answers: " + text, ""};
}

// What the service says to the first query; none when the message is no answer to it.
std::optional<link::ProbeCheck> ReadAnswer(const jobs::Topics& topics, const std::string& token,
                                           const std::string& topic, const std::string& payload) {
  const auto incoming = jobs::Decode(topics, topic, payload);
  if (!incoming) return {};
  if (const auto* offered = std::get_if<Offered>(&*incoming); offered != nullptr && offered->token == token) {
    const ServiceExecution& execution = offered->execution;
    return Answered("job " + execution.id.job.value + " is " + std::string(ToString(execution.status)));
  }
  if (const auto* nothing = std::get_if<NothingNext>(&*incoming);
      nothing != nullptr && nothing->token == token)
    return Answered("no job is waiting");
  if (const auto* rejected = std::get_if<NextRejected>(&*incoming);
      rejected != nullptr && rejected->token == token)
    return link::ProbeCheck{"query", false,
                            "the Jobs service refuses the first query: " + rejected->rejection.message,
                            "does the thing " + topics.thing() + " exist? aws iot describe-thing tells"};
  return {};
}

void Print(const link::ProbeCheck& check) {
  std::printf("%s\n", link::ToJson(check).c_str());
  std::fflush(stdout);
}

}  // namespace

int ProbeCommand(const Config& config, const ProbeOptions& options) {
  const auto topics = jobs::Topics::For(config.thing);
  if (!topics) {
    Print({"thing", false, topics.error().message, ""});
    return 1;
  }
  const std::string token = "setup-" + sys::RandomWord(16);
  const jobs::Message query = jobs::Encode(*topics, AskNext{token});
  link::ProbePlan plan;
  plan.broker = config.broker;
  if (!options.client_id.empty()) plan.broker.client_id = options.client_id;
  plan.to = options.to == "files" ? link::ProbeStage::kFiles
            : options.to == "tls" ? link::ProbeStage::kTls
                                  : link::ProbeStage::kAll;
  plan.go_on = options.go_on;
  plan.filters = topics->Filters();
  plan.filters.push_back(topics->CancelTopic());
  plan.query_topic = query.topic;
  plan.query = query.payload;
  plan.answer_limit = config.policy.reply_timeout;
  if (options.limit.count() > 0) {
    const std::chrono::milliseconds limit = options.limit;
    plan.broker.connect_timeout = std::min(plan.broker.connect_timeout, limit);
    plan.answer_limit = std::min(plan.answer_limit, limit);
  }
  plan.state_topic = topics->StateTopic();
  plan.state = "{\"state\":\"setup\",\"thing\":\"" + config.thing + "\"}";  // a thing's name needs no escapes
  plan.read_answer = [&](const std::string& topic, const std::string& payload) {
    return ReadAnswer(*topics, token, topic, payload);
  };
  return link::RunProbe(plan, Print) ? 0 : 1;
}

}  // namespace kedge
