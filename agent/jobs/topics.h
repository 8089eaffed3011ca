// The topics of one thing: the only place where a topic is put together or taken apart. Pure.
//
// Reference 1.1 and 1.3; PROTOCOL.md says which of them Kedge uses and why.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/job_execution.h"
#include "core/result.h"

namespace kedge::jobs {

// 1 to 128 characters of [a-zA-Z0-9:_-].
bool IsThingName(std::string_view text);
// 1 to 64 characters of [a-zA-Z0-9_-]. So `$next`, a wildcard or a second level can never be one.
bool IsJobId(std::string_view text);
// 1 to 64 characters of [a-zA-Z0-9_-]: no document sets a limit, this is safe under every reading
// (reference 1.4).
bool IsClientToken(std::string_view text);

enum class Reply { kAccepted, kRejected };

// What a topic that the service publishes to means.
struct NotifyTopic {
  auto operator<=>(const NotifyTopic&) const = default;
};
struct NotifyNextTopic {
  auto operator<=>(const NotifyNextTopic&) const = default;
};
struct PendingReplyTopic {  // answers GetPendingJobExecutions
  Reply reply;
  auto operator<=>(const PendingReplyTopic&) const = default;
};
struct StartNextReplyTopic {
  Reply reply;
  auto operator<=>(const StartNextReplyTopic&) const = default;
};
struct NextReplyTopic {  // answers DescribeJobExecution of $next; the real job id is in the payload
  Reply reply;
  auto operator<=>(const NextReplyTopic&) const = default;
};
struct DescribeReplyTopic {
  JobId job;
  Reply reply;
  auto operator<=>(const DescribeReplyTopic&) const = default;
};
struct UpdateReplyTopic {
  JobId job;
  Reply reply;
  auto operator<=>(const UpdateReplyTopic&) const = default;
};
using IncomingTopic = std::variant<NotifyTopic, NotifyNextTopic, PendingReplyTopic, StartNextReplyTopic,
                                   NextReplyTopic, DescribeReplyTopic, UpdateReplyTopic>;

class Topics {
 public:
  // kInvalid when `thing` is not a thing name.
  static Result<Topics> For(std::string thing);

  const std::string& thing() const { return thing_; }

  // What the agent subscribes to, QoS 1, in one SUBSCRIBE (AWS takes 8 filters a packet): both notifications
  // and the replies to what it sends. CancelTopic() comes on top, when the operator's door is wanted.
  std::vector<std::string> Filters() const;
  std::string CancelTopic() const;
  std::string CancelAnswerTopic(Reply reply) const;
  // Retained; what the service cannot be told (design section 8).
  std::string StateTopic() const;
  // Where an update of the thing's named shadow goes.
  std::string ShadowTopic(const std::string& shadow) const;

  // Where requests go. `job` must be a job id.
  std::string GetPending() const;
  std::string StartNext() const;
  std::string DescribeNext() const;
  std::string Describe(const JobId& job) const;
  std::string Update(const JobId& job) const;

  // kInvalid for everything that is not a notification or a reply to this thing: the topics of another thing,
  // Greengrass's namespaces, our own requests. Told by the number of levels first, so a job that is called
  // "get" or "notify" is a job.
  Result<IncomingTopic> Parse(std::string_view topic) const;

 private:
  explicit Topics(std::string thing);

  std::string thing_;
  std::string jobs_;  // "$aws/things/<thing>/jobs/"
};

}  // namespace kedge::jobs
