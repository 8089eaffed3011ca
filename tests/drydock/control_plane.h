// What the operator may ask: things, jobs, cancelling and deleting (reference aws-iot-jobs.md, 5.2 and 6.1).
//
// Pointers given out are valid until the next call that changes something.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "ledger.h"
#include "outcome.h"
#include "requests.h"

namespace kedge::drydock {

// What stands in ARNs.
struct Account {
  std::string region = "us-east-1";
  std::string id = "000000000000";

  std::string Arn(const std::string& kind, const std::string& name) const {
    return "arn:aws:iot:" + region + ":" + id + ":" + kind + "/" + name;
  }
};

struct CancelJobRequest {
  bool force = false;
  std::string comment;
  std::string reason_code;
};

class ControlPlane {
 public:
  ControlPlane(Ledger& ledger, Account account) : ledger_(ledger), account_(std::move(account)) {}

  const Account& account() const { return account_; }

  // Again with the same settings: the same thing again.
  Outcome<const Thing*> CreateThing(const std::string& name, const nlohmann::json& settings);
  // `job.targets` are thing ARNs; the caller has checked the rest of the job.
  Outcome<const Job*> CreateJob(Job job, Instant now);
  // Past all checks of the document, for tests of bad documents. The things must exist.
  Outcome<const Job*> CreateRawJob(const std::string& id, std::string document,
                                   const std::vector<std::string>& things, Instant now);

  Outcome<const Job*> DescribeJob(const std::string& id);
  std::vector<const Job*> ListJobs() const;
  Outcome<const Job*> CancelJob(const std::string& id, const CancelJobRequest& request, Instant now);
  Outcome<Done> DeleteJob(const std::string& id, bool force, Instant now);

  Outcome<const Execution*> DescribeExecution(const std::string& thing, const std::string& job_id,
                                              std::optional<int64_t> number);
  // Newest first.
  Outcome<std::vector<const Execution*>> ExecutionsOfThing(const std::string& thing);
  Outcome<std::vector<const Execution*>> ExecutionsOfJob(const std::string& job_id);
  Outcome<Done> CancelExecution(const std::string& thing, const std::string& job_id,
                                const CancelExecutionRequest& request, Instant now);
  Outcome<Done> DeleteExecution(const std::string& thing, const std::string& job_id, int64_t number,
                                bool force, Instant now);

 private:
  Outcome<Job*> FindJob(const std::string& id);
  Outcome<Execution*> FindExecution(const std::string& thing, const std::string& job_id,
                                    std::optional<int64_t> number);
  Outcome<Thing*> Target(const std::string& arn);
  Outcome<const Job*> Add(Job job, const std::vector<Thing*>& things, Instant now);

  Ledger& ledger_;
  Account account_;
};

}  // namespace kedge::drydock
