#include "jobs/topics.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/status_details.h"

namespace kedge::jobs {
namespace {

constexpr std::string_view kRoot = "$aws/things/";
constexpr std::string_view kRoom = "/jobs/";
constexpr size_t kMaxThingName = 128;
constexpr size_t kMaxJobId = 64;
constexpr size_t kMaxClientToken = 64;

// Not std::isalnum, which asks the locale.
bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool IsWord(std::string_view text, size_t limit) {
  return !text.empty() && text.size() <= limit && std::ranges::all_of(text, IsWordCharacter);
}

std::vector<std::string_view> Levels(std::string_view text) {
  std::vector<std::string_view> levels;
  for (;;) {
    size_t slash = text.find('/');
    levels.push_back(text.substr(0, slash));
    if (slash == std::string_view::npos) return levels;
    text.remove_prefix(slash + 1);
  }
}

std::optional<Reply> ReplyFrom(std::string_view level) {
  if (level == "accepted") return Reply::kAccepted;
  if (level == "rejected") return Reply::kRejected;
  return std::nullopt;
}

// The levels after `$aws/things/<thing>/jobs/`.
Result<IncomingTopic> ParseLevels(const std::vector<std::string_view>& levels) {
  const Unexpected unknown{ErrorKind::kInvalid,
                           "the topic is no notification and no reply of the Jobs service"};
  if (levels.size() == 1) {
    if (levels[0] == "notify") return IncomingTopic(NotifyTopic{});
    if (levels[0] == "notify-next") return IncomingTopic(NotifyNextTopic{});
    return unknown;
  }
  const std::optional<Reply> reply = ReplyFrom(levels.back());
  if (!reply) return unknown;
  if (levels.size() == 2) {
    if (levels[0] == "get") return IncomingTopic(PendingReplyTopic{*reply});
    if (levels[0] == "start-next") return IncomingTopic(StartNextReplyTopic{*reply});
    return unknown;
  }
  if (levels.size() != 3) return unknown;
  if (levels[0] == "$next" && levels[1] == "get") return IncomingTopic(NextReplyTopic{*reply});
  if (!IsJobId(levels[0])) return unknown;
  JobId job{std::string(levels[0])};
  if (levels[1] == "get") return IncomingTopic(DescribeReplyTopic{std::move(job), *reply});
  if (levels[1] == "update") return IncomingTopic(UpdateReplyTopic{std::move(job), *reply});
  return unknown;
}

}  // namespace

bool IsThingName(std::string_view text) {
  return !text.empty() && text.size() <= kMaxThingName &&
         std::ranges::all_of(text, [](char c) { return c == ':' || IsWordCharacter(c); });
}

bool IsJobId(std::string_view text) { return IsWord(text, kMaxJobId); }

bool IsClientToken(std::string_view text) { return IsWord(text, kMaxClientToken); }

Result<Topics> Topics::For(std::string thing) {
  if (!IsThingName(thing)) {
    return Unexpected{ErrorKind::kInvalid, "'" + SafeDetailValue(thing) +
                                               "' is not a thing name: 1 to 128 characters of a-z, A-Z, 0-9, "
                                               "':', '_' and '-' are"};
  }
  return Topics(std::move(thing));
}

Topics::Topics(std::string thing) : thing_(std::move(thing)) {
  jobs_.append(kRoot).append(thing_).append(kRoom);
}

std::vector<std::string> Topics::Filters() const {
  // `+` matches `$next` too: MQTT keeps wildcards from a `$` only in the first level.
  return {jobs_ + "notify", jobs_ + "notify-next", jobs_ + "+/get/+", jobs_ + "+/update/+"};
}

std::string Topics::CancelTopic() const { return "kedge/things/" + thing_ + "/cancel"; }

std::string Topics::CancelAnswerTopic(Reply reply) const {
  return CancelTopic() + (reply == Reply::kAccepted ? "/accepted" : "/rejected");
}

std::string Topics::ShadowTopic(const std::string& shadow) const {
  return "$aws/things/" + thing_ + "/shadow/name/" + shadow + "/update";
}

std::string Topics::StateTopic() const { return "kedge/things/" + thing_ + "/state"; }

std::string Topics::GetPending() const { return jobs_ + "get"; }

std::string Topics::StartNext() const { return jobs_ + "start-next"; }

std::string Topics::DescribeNext() const { return jobs_ + "$next/get"; }

std::string Topics::Describe(const JobId& job) const { return jobs_ + job.value + "/get"; }

std::string Topics::Update(const JobId& job) const { return jobs_ + job.value + "/update"; }

Result<IncomingTopic> Topics::Parse(std::string_view topic) const {
  if (topic.starts_with(jobs_)) return ParseLevels(Levels(topic.substr(jobs_.size())));
  if (topic.starts_with(kRoot)) {
    return Unexpected{ErrorKind::kInvalid, "the topic is not of the jobs of this thing, '" + thing_ + "'"};
  }
  return Unexpected{ErrorKind::kInvalid, "the topic is not one of the Jobs service"};
}

}  // namespace kedge::jobs
