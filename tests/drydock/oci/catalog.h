// All stacks and jobs, what each retry token made, and which of them have changed since they were last kept.
// Nothing is ever taken out: what is deleted is marked so.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "instant.h"
#include "oci/job.h"
#include "oci/stack.h"
#include "record.h"

namespace kedge::drydock::oci {

class Catalog {
 public:
  explicit Catalog(std::string region) : region_(std::move(region)) {}

  // "ocid1.KIND.oc1.REGION.ID", KIND being ormjob or ormstack.
  std::string Ocid(const char* kind, const std::string& id) const;

  // By OCID; null for what is not there, or is gone.
  Job* FindJob(const std::string& ocid);
  Stack* FindStack(const std::string& ocid);
  // By the id that the device knows it by, or null.
  Job* FindExecution(const std::string& execution_id);

  Job* ByToken(const std::string& token, Instant now) { return ByToken(jobs_, token, now); }
  Stack* StackByToken(const std::string& token, Instant now) { return ByToken(stacks_, token, now); }

  // Free for a job and for a stack: later ids sort after earlier ones. It says when it was made, so a
  // service that forgets everything does not give its next job the name of an earlier one.
  std::string FreshId(Instant now) const;
  Job& Add(Job job);
  Stack& Add(Stack stack);
  // With its jobs, which are over.
  void Delete(Stack& stack);

  std::vector<const Job*> Jobs() const;  // without those that are gone
  std::vector<const Stack*> Stacks() const;
  std::vector<Job*> ActiveJobs();
  const Job* ActiveJobOf(const std::string& stack) const;

  // After each change.
  void Changed(const Job& job);
  void Changed(const Stack& stack) { changed_stacks_.insert(stack.id); }
  Records TakeChanges();
  // One of TakeChanges(), of this or an earlier run.
  void Load(const Record& record);

 private:
  template <typename Item>
  static Item* ByToken(std::map<std::string, Item>& items, const std::string& token, Instant now);

  const std::string region_;
  std::map<std::string, Job> jobs_;
  std::map<std::string, Stack> stacks_;
  std::set<std::string> active_;
  std::map<std::string, int64_t> kept_;  // the stamp of each job as it was last kept
  std::set<std::string> changed_jobs_;
  std::set<std::string> changed_stacks_;
};

}  // namespace kedge::drydock::oci
