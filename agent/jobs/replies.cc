#include "jobs/replies.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "core/status_details.h"
#include "jobs/executions.h"
#include "jobs/fields.h"
#include "jobs/json_reader.h"

namespace kedge::jobs {
namespace {

using nlohmann::json;

constexpr size_t kMaxTopicText = 200;

bool WorthAskingAgain(RejectedCode code) {
  return code == RejectedCode::kInternalError || code == RejectedCode::kRequestThrottled;
}

// Reads one payload as what its topic says: one operator() for each kind of topic.
class Decoder {
 public:
  Decoder(const Topics& topics, Fields body) : thing_(topics.thing()), body_(std::move(body)) {
    token_ = body_.Text("clientToken");
  }

  Result<Incoming> operator()(const NotifyTopic&) {
    const json* jobs = body_.Object("jobs");
    if (jobs == nullptr) return Believed(PendingChanged{});
    Fields lists(*jobs, "jobs");
    PendingChanged changed = Pending(lists, "IN_PROGRESS", "QUEUED");
    body_.Adopt(lists);
    return Believed(std::move(changed));
  }

  Result<Incoming> operator()(const NotifyNextTopic&) { return Head(Source::kNotifyNext); }

  Result<Incoming> operator()(const PendingReplyTopic& topic) {
    if (topic.reply == Reply::kAccepted) return Believed(Pending(body_, "inProgressJobs", "queuedJobs"));
    Rejection rejection = ReadRejection(body_);
    if (!body_.ok()) return body_.problem();
    return Unexpected{
        WorthAskingAgain(rejection.code) ? ErrorKind::kUnavailable : ErrorKind::kInvalid,
        "the service refused: " + std::string(ToString(rejection.code)) + ": " + rejection.message};
  }

  // The agent does not send start-next. Its answer means the same as that of describe $next.
  Result<Incoming> operator()(const StartNextReplyTopic& topic) { return NextReply(topic.reply); }
  Result<Incoming> operator()(const NextReplyTopic& topic) { return NextReply(topic.reply); }

  Result<Incoming> operator()(const DescribeReplyTopic& topic) {
    if (topic.reply == Reply::kRejected) {
      return Believed(DescribeRejected{token_, topic.job, ReadRejection(body_)});
    }
    std::optional<ServiceExecution> execution = ReadExecution(body_, "execution", thing_);
    if (!execution) {
      // No document knows this answer. Absence is how the protocol says "there is none" (reference 0).
      Rejection none{RejectedCode::kResourceNotFound, "answered without an execution", std::nullopt};
      return Believed(DescribeRejected{token_, topic.job, std::move(none)});
    }
    if (execution->id.job != topic.job) {
      body_.Refuse("execution.jobId",
                   "is '" + execution->id.job.value + "', but the topic names '" + topic.job.value + "'");
    }
    return Believed(Described{token_, *std::move(execution)});
  }

  Result<Incoming> operator()(const UpdateReplyTopic& topic) {
    if (topic.reply == Reply::kRejected) {
      return Believed(UpdateRejected{token_, topic.job, ReadRejection(body_)});
    }
    return Believed(UpdateAccepted{token_, topic.job, ReadState(body_)});
  }

 private:
  // `event`, unless something that it was read from is not as it should be.
  Result<Incoming> Believed(Incoming event) const {
    if (!body_.ok()) return body_.problem();
    return event;
  }

  Result<Incoming> NextReply(Reply reply) {
    if (reply == Reply::kAccepted) return Head(Source::kNextReply);
    return Believed(NextRejected{token_, ReadRejection(body_)});
  }

  Result<Incoming> Head(Source source) {
    std::optional<ServiceExecution> execution = ReadExecution(body_, "execution", thing_);
    if (!execution) return Believed(NothingNext{source, token_});
    return Believed(Offered{source, token_, *std::move(execution), {}});
  }

  PendingChanged Pending(Fields& lists, const char* in_progress, const char* queued) const {
    return {ReadPending(lists, in_progress, thing_), ReadPending(lists, queued, thing_)};
  }

  const std::string& thing_;
  Fields body_;
  std::string token_;
};

Result<Incoming> DecodeParts(const Topics& topics, std::string_view topic, std::string_view payload) {
  Result<IncomingTopic> meaning = topics.Parse(topic);
  if (!meaning) return Unexpected(meaning.error());
  Result<json> value = ReadJson(payload, kMaxPayloadDepth);
  if (!value) return Unexpected{value.error().kind, "the payload " + value.error().message};
  Result<Fields> body = Fields::Of(*value, "");
  if (!body) return Unexpected(body.error());
  return std::visit(Decoder(topics, *std::move(body)), *meaning);
}

}  // namespace

Result<Incoming> Decode(const Topics& topics, std::string_view topic, std::string_view payload) {
  Result<Incoming> decoded = DecodeParts(topics, topic, payload);
  if (decoded) return decoded;
  return Unexpected(
      decoded.error().Within("message on '" + SafeDetailValue(topic, Keep::kHead, kMaxTopicText) + "'"));
}

}  // namespace kedge::jobs
