#include "read_configs.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>

#include "ledger.h"
#include "rules.h"

namespace kedge::drydock {

using nlohmann::json;
using std::chrono::minutes;

namespace {

constexpr auto kNoLimit = std::numeric_limits<std::size_t>::max();
constexpr int64_t kMaxCount = std::numeric_limits<int32_t>::max();  // what the model calls an integer
constexpr std::size_t kMaxTags = 50;

constexpr std::array kEchoed = {"description", "presignedUrlConfig", "jobExecutionsRolloutConfig",
                                "abortConfig", "timeoutConfig",      "jobExecutionsRetryConfig"};

void ReadPresignedUrls(Members& members, JobUpdate& update) {
  members.Object("presignedUrlConfig", [&](Members& config) {
    const auto lifetime = config.Integer("expiresInSec", 60, 3600);
    config.Text("roleArn", 20, 2048);
    // Without a role AWS has nobody to sign for; a lifetime alone would silently do nothing.
    if (lifetime) config.Require("roleArn");
    if (config.Has("roleArn")) update.url_lifetime = std::chrono::seconds(lifetime.value_or(3600));
  });
}

void CheckRollout(Members& members) {
  members.Object("jobExecutionsRolloutConfig", [](Members& config) {
    config.Integer("maximumPerMinute", 1, 1000);
    config.Object("exponentialRate", [](Members& rate) {
      rate.Require("baseRatePerMinute");
      rate.Require("incrementFactor");
      rate.Require("rateIncreaseCriteria");
      rate.Integer("baseRatePerMinute", 1, 1000);
      rate.Number("incrementFactor", 1.1, 5);
      rate.Object("rateIncreaseCriteria", [](Members& criteria) {
        criteria.Integer("numberOfNotifiedThings", 1, kMaxCount);
        criteria.Integer("numberOfSucceededThings", 1, kMaxCount);
        if (criteria.Has("numberOfNotifiedThings") == criteria.Has("numberOfSucceededThings")) {
          criteria.Refuse("numberOfNotifiedThings or numberOfSucceededThings must be there, one of them");
        }
      });
    });
  });
}

void ReadAborts(Members& members, JobUpdate& update) {
  members.Object("abortConfig", [&](Members& config) {
    std::vector<AbortRule> rules;
    config.Require("criteriaList");
    config.Objects("criteriaList", 1, kNoLimit, [&](Members& criteria) {
      for (const char* name : {"failureType", "action", "thresholdPercentage", "minNumberOfExecutedThings"}) {
        criteria.Require(name);
      }
      const auto type =
          criteria.OneOf("failureType", {"FAILED", "REJECTED", "TIMED_OUT", "ALL"}).value_or("");
      criteria.OneOf("action", {"CANCEL"});
      const double threshold = criteria.Number("thresholdPercentage", 0, 100).value_or(0);
      if (criteria.Has("thresholdPercentage") && threshold <= 0) {
        criteria.Refuse("thresholdPercentage must be above 0");
      }
      const auto least = criteria.Integer("minNumberOfExecutedThings", 1, kMaxCount).value_or(1);
      const bool all = type == "ALL";
      rules.push_back({.on_failed = all || type == "FAILED",
                       .on_timed_out = all || type == "TIMED_OUT",
                       .on_rejected = all || type == "REJECTED",
                       .threshold_percent = threshold,
                       .least_executed = least});
    });
    update.aborts = std::move(rules);
  });
}

void ReadTimeout(Members& members, JobUpdate& update) {
  members.Object("timeoutConfig", [&](Members& config) {
    const auto limit = config.Integer("inProgressTimeoutInMinutes", 1, kMaxTimeoutMinutes);
    if (limit) update.timeout = minutes(*limit);
  });
}

void ReadRetries(Members& members, JobUpdate& update) {
  members.Object("jobExecutionsRetryConfig", [&](Members& config) {
    std::vector<RetryRule> rules;
    std::set<std::string> types;
    int64_t total = 0;
    config.Require("criteriaList");
    config.Objects("criteriaList", 1, 2, [&](Members& criteria) {
      criteria.Require("failureType");
      criteria.Require("numberOfRetries");
      const auto type = criteria.OneOf("failureType", {"FAILED", "TIMED_OUT", "ALL"}).value_or("");
      const auto retries = criteria.Integer("numberOfRetries", 0, 10).value_or(0);
      if (!types.insert(type).second) criteria.Refuse("failureType stands there twice");
      total += retries;
      rules.push_back(
          {.on_failed = type != "TIMED_OUT", .on_timed_out = type != "FAILED", .retries = retries});
    });
    if (total > 10) config.Refuse("criteriaList allows at most 10 retries in all");
    update.retries = std::move(rules);
  });
}

// YYYY-MM-DD HH:MM, in UTC.
std::optional<Instant> TimeIn(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-dd dd:dd";
  if (text.size() != kForm.size()) return std::nullopt;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == 'd' ? !digit : text[i] != kForm[i]) return std::nullopt;
  }
  const auto number = [&](std::size_t at, std::size_t digits) {
    unsigned value = 0;
    std::from_chars(text.data() + at, text.data() + at + digits, value);
    return value;
  };
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(number(0, 4))),
                                         std::chrono::month(number(5, 2)), std::chrono::day(number(8, 2)));
  if (!date.ok() || number(11, 2) > 23 || number(14, 2) > 59) return std::nullopt;
  return Instant(std::chrono::sys_days(date)) + std::chrono::hours(number(11, 2)) + minutes(number(14, 2));
}

std::optional<Instant> ReadTime(Members& config, const char* name, Instant now, std::chrono::days furthest) {
  const auto text = config.Text(name, 1, 64);
  if (!text) return std::nullopt;
  const auto time = TimeIn(*text);
  if (!time) {
    config.Refuse(std::string(name) + " must be a time in UTC, YYYY-MM-DD HH:MM");
  } else if (*time < now + minutes(30) || *time > now + furthest) {
    config.Refuse(std::string(name) + " must be 30 minutes to " + std::to_string(furthest.count()) +
                  " days ahead");
  }
  return time;
}

Schedule::End EndNamed(const std::string& word) {
  if (word == "CANCEL") return Schedule::End::kCancel;
  if (word == "FORCE_CANCEL") return Schedule::End::kForceCancel;
  return Schedule::End::kStopRollout;
}

}  // namespace

JobUpdate ReadConfigs(Members& members) {
  JobUpdate update;
  members.Plain("description", kMaxText);
  ReadPresignedUrls(members, update);
  CheckRollout(members);
  ReadAborts(members, update);
  ReadTimeout(members, update);
  ReadRetries(members, update);
  for (const char* name : kEchoed) {
    if (members.Has(name)) update.settings[name] = members.object().at(name);
  }
  return update;
}

std::vector<std::string> ReadTargets(Members& members) {
  members.Require("targets");
  auto targets = members.List("targets").value_or(std::vector<std::string>());
  if (targets.empty()) members.Refuse("targets must name at least one thing or thing group");
  for (const std::string& arn : targets) {
    if (!TargetIn(arn)) members.Refuse("target '" + arn + "' is not the ARN of a thing or a thing group");
  }
  return targets;
}

Schedule ReadSchedule(Members& members, Instant now) {
  Schedule schedule;
  members.Object("schedulingConfig", [&](Members& config) {
    if (config.Has("maintenanceWindows"))
      config.Refuse("maintenanceWindows is something drydock does not do");
    schedule.start = ReadTime(config, "startTime", now, std::chrono::days(366));
    schedule.end = ReadTime(config, "endTime", now, std::chrono::days(731));
    const auto behavior = config.OneOf("endBehavior", {"STOP_ROLLOUT", "CANCEL", "FORCE_CANCEL"});
    if (behavior) config.Require("endTime");
    if (schedule.start && schedule.end && *schedule.end < *schedule.start + minutes(30)) {
      config.Refuse("endTime must be at least 30 minutes after startTime");
    }
    schedule.at_end = EndNamed(behavior.value_or("STOP_ROLLOUT"));
  });
  return schedule;
}

void CheckTags(Members& members) {
  members.Objects("tags", 0, kMaxTags, [](Members& tag) {
    tag.Require("Key");
    tag.Word("Key", IsTagKey, "[letters, digits, spaces and _.:/=+-@]{1,128}");
    const auto value = tag.Text("Value");
    if (value && !value->empty() && !IsPlainText(*value, 256)) {
      tag.Refuse("Value must have at most 256 characters, no control characters");
    }
  });
}

void CheckNamespace(Members& members) {
  if (members.Has("namespaceId")) {
    members.Refuse(
        "namespaceId is something drydock does not do: namespaces are for Greengrass, and their jobs do not "
        "show in a thing's plain topics");
  }
}

Outcome<JobUpdate> ReadJobUpdate(const json& body) {
  Members members(body);
  JobUpdate update = ReadConfigs(members);
  CheckNamespace(members);
  if (members.problem()) return *members.problem();
  return update;
}

}  // namespace kedge::drydock
