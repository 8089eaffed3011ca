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

// What UpdateJob may change; what is absent stays.
struct JobUpdate {
  std::optional<std::chrono::minutes> timeout = {};
  std::optional<std::vector<RetryRule>> retries = {};
  std::optional<std::vector<AbortRule>> aborts = {};
  std::optional<std::chrono::seconds> url_lifetime = {};
  nlohmann::json settings = nlohmann::json::object();  // takes the place of the members of the same name
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

  // --- things and groups. Creating again with the same settings gives the same one again.
  Outcome<const Thing*> CreateThing(const std::string& name, const nlohmann::json& settings);
  Outcome<const Thing*> DescribeThing(const std::string& name) const;
  std::vector<const Thing*> Things() const;  // by name
  // Its executions go with it, and it leaves its groups.
  Outcome<Done> DeleteThing(const std::string& name, Instant now);
  Outcome<const Group*> CreateGroup(const std::string& name, const nlohmann::json& settings);
  Outcome<const Group*> DescribeGroup(const std::string& name) const;
  std::vector<const Group*> Groups() const;  // by name
  Outcome<Done> DeleteGroup(const std::string& name, Instant now);
  // A thing that joins gets the continuous jobs of the group; from one that leaves they are REMOVED.
  Outcome<Done> AddToGroup(const std::string& group, const std::string& thing, Instant now);
  Outcome<Done> RemoveFromGroup(const std::string& group, const std::string& thing, Instant now);

  // --- jobs. `targets` are ARNs of things and groups, which must exist; the caller has checked all else in a
  // job.
  Outcome<const Job*> CreateJob(Job job, Instant now);
  // Past all checks of the document, for tests of bad documents. The things must exist.
  Outcome<const Job*> CreateRawJob(const std::string& id, std::string document,
                                   const std::vector<std::string>& things, Instant now);
  Outcome<Done> UpdateJob(const std::string& id, const JobUpdate& update, Instant now);
  // Only of a continuous job IN_PROGRESS.
  Outcome<const Job*> AssociateTargets(const std::string& id, const std::vector<std::string>& targets,
                                       const std::string& comment, Instant now);

  Outcome<const Job*> DescribeJob(const std::string& id);
  std::vector<const Job*> ListJobs() const;  // newest first
  Outcome<const Job*> CancelJob(const std::string& id, const CancelJobRequest& request, Instant now);
  Outcome<Done> DeleteJob(const std::string& id, bool force, Instant now);

  Outcome<const Execution*> DescribeExecution(const std::string& thing, const std::string& job_id,
                                              std::optional<int64_t> number);
  // --- executions. Newest first.
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
  Outcome<Thing*> FindThing(const std::string& name) const;
  Outcome<Group*> FindGroup(const std::string& name) const;
  Outcome<Done> CheckTargets(const std::vector<std::string>& targets) const;
  Outcome<const Job*> Add(Job job, Instant now);

  Ledger& ledger_;
  Account account_;
};

}  // namespace kedge::drydock
