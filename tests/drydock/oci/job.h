// A job as OCI Resource Manager shows it (reference oci-resource-manager.md, D.2 and D.3): its state, its log
// and its etag. It is an execution on a thing; follower.h keeps the two together.
//
//   ACCEPTED ─► IN_PROGRESS ─► SUCCEEDED | FAILED
//       └────────────┴─► CANCELING ─► CANCELED | SUCCEEDED | FAILED (it had finished first)
//
// The methods change this record only. Whatever they change also writes a line into the log, or makes the
// etag another one, or both: Stamp() tells whether there is anything new to keep.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "execution.h"
#include "instant.h"

namespace kedge::drydock::oci {

enum class JobState { kAccepted, kInProgress, kCanceling, kSucceeded, kFailed, kCanceled };
std::string_view ToString(JobState state);
std::optional<JobState> JobStateFrom(std::string_view word);
bool IsTerminal(JobState state);

enum class Level { kTrace, kDebug, kInfo, kWarn, kError, kFatal };
std::string_view ToString(Level level);
std::optional<Level> LevelFrom(std::string_view word);

struct LogLine {
  int64_t number;  // from 1, without gaps but for the lines that were dropped
  Instant at;
  Level level;
  std::string text;
};

struct Failure {
  std::string code;  // one of FailureDetails.code
  std::string message;
};

// What the device said to the requests that it should stop.
enum class CancelAnswer { kNone, kAccepted, kRejected };

struct Job {
  static constexpr std::size_t kMaxLog = 2000;  // lines; then the oldest but the first one goes

  // --- as it was created
  std::string id;  // the last part of its OCID
  std::string stack;
  std::string compartment;
  std::string thing;
  std::string document;
  std::string operation;
  nlohmann::json operation_details = nlohmann::json::object();
  nlohmann::json plan_resolution;  // null: none
  nlohmann::json variables = nlohmann::json::object();
  std::string retry_token;  // empty: none
  Instant created;

  // --- what UpdateJob may change
  std::string display_name;
  nlohmann::json freeform_tags = nlohmann::json::object();
  nlohmann::json defined_tags = nlohmann::json::object();

  // --- how it goes
  JobState state = JobState::kAccepted;
  int64_t version = 1;
  std::optional<Instant> finished;
  std::optional<bool> forced;       // of the cancel; absent: there was none
  std::optional<Failure> failed;    // with kFailed
  std::vector<std::string> doubts;  // why the thing may not be as it was, a sentence each
  std::vector<LogLine> log;
  int64_t lines = 0;  // ever written
  bool gone = false;  // deleted with its stack; only the retry token is still known

  // --- what the follower has to remember
  std::optional<Instant> queue_at;   // the thing has not been told yet
  std::optional<Instant> cancel_at;  // nothing has been done about the cancel yet
  std::optional<Instant>
      confirm_by;  // the service ended it; the device has until then to say that it stopped
  bool started = false;
  bool unconfirmed = false;  // CANCELED without that word
  StatusDetails details;     // the last ones in the log
  int64_t requests = 0;      // to stop, sent to the device
  CancelAnswer answer = CancelAnswer::kNone;
  std::vector<std::string> differences;  // the resources in `doubts`

  // Its id as a job of AWS, which the device knows it by.
  std::string ExecutionId() const { return "oci-" + id; }
  std::string Etag() const { return id + "-" + std::to_string(version); }
  int64_t Stamp() const { return version + lines; }
  // CANCELED has one, too, when the thing may not be as it was: Job has no other place to say it.
  std::optional<Failure> FailureDetails() const;

  void Say(Instant now, Level level, std::string text);
  void Start(Instant now);
  // Asks for it, or makes the earlier request a forced one.
  void Cancel(bool force, Instant now);
  void End(JobState terminal, Instant now, std::optional<Failure> why = std::nullopt);
  // The thing may not be as it was. `verdict` is the device's own word, `difference` what differs, or empty.
  // Doubts that are known already are not repeated.
  void Doubt(const std::string& verdict, const std::string& difference, Instant now);
};

// For the store. Reading one that Keep() did not write throws nlohmann::json::exception.
nlohmann::json Keep(const Job& job);
Job KeptJob(const std::string& id, const nlohmann::json& kept);

}  // namespace kedge::drydock::oci
