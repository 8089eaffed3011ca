#include "oci/catalog.h"

#include <algorithm>

namespace kedge::drydock::oci {
namespace {

constexpr const char* kJobKind = "oci-job";
constexpr const char* kStackKind = "oci-stack";
constexpr std::chrono::hours kTokenLife{24};

std::string Base36(int64_t number) {
  std::string text;
  do {
    text.insert(text.begin(), "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36]);
    number /= 36;
  } while (number > 0);
  return text;
}

}  // namespace

std::string Catalog::Ocid(const char* kind, const std::string& id) const {
  return std::string("ocid1.") + kind + ".oc1." + region_ + "." + id;
}

Job* Catalog::FindJob(const std::string& ocid) {
  const auto found = jobs_.find(ocid.substr(ocid.rfind('.') + 1));
  if (found == jobs_.end() || found->second.gone || Ocid("ormjob", found->first) != ocid) return nullptr;
  return &found->second;
}

Stack* Catalog::FindStack(const std::string& ocid) {
  const auto found = stacks_.find(ocid.substr(ocid.rfind('.') + 1));
  if (found == stacks_.end() || Ocid("ormstack", found->first) != ocid) return nullptr;
  return &found->second;
}

Job* Catalog::FindExecution(const std::string& execution_id) {
  const auto dash = execution_id.find('-');
  const auto found = jobs_.find(dash == std::string::npos ? "" : execution_id.substr(dash + 1));
  if (found == jobs_.end() || found->second.gone || found->second.ExecutionId() != execution_id)
    return nullptr;
  return &found->second;
}

template <typename Item>
Item* Catalog::ByToken(std::map<std::string, Item>& items, const std::string& token, Instant now) {
  if (token.empty()) return nullptr;
  for (auto& [id, item] : items) {
    if (item.retry_token == token && now - item.created < kTokenLife) return &item;
  }
  return nullptr;
}

template Job* Catalog::ByToken(std::map<std::string, Job>&, const std::string&, Instant);
template Stack* Catalog::ByToken(std::map<std::string, Stack>&, const std::string&, Instant);

std::string Catalog::FreshId(Instant now) const {
  int64_t number = now.time_since_epoch().count();
  while (jobs_.contains(Base36(number)) || stacks_.contains(Base36(number))) ++number;
  return Base36(number);
}

Job& Catalog::Add(Job job) {
  Job& added = jobs_[job.id];
  added = std::move(job);
  active_.insert(added.id);
  return added;
}

Stack& Catalog::Add(Stack stack) {
  Stack& added = stacks_[stack.id];
  added = std::move(stack);
  Changed(added);
  return added;
}

void Catalog::Delete(Stack& stack) {
  stack.deleted = true;
  ++stack.version;
  Changed(stack);
  for (auto& [id, job] : jobs_) {
    if (job.stack != stack.id) continue;
    job.gone = true;
    ++job.version;
    Changed(job);
  }
}

std::vector<const Job*> Catalog::Jobs() const {
  std::vector<const Job*> jobs;
  for (const auto& [id, job] : jobs_) {
    if (!job.gone) jobs.push_back(&job);
  }
  return jobs;
}

std::vector<const Stack*> Catalog::Stacks() const {
  std::vector<const Stack*> stacks;
  for (const auto& [id, stack] : stacks_) stacks.push_back(&stack);
  return stacks;
}

std::vector<Job*> Catalog::ActiveJobs() {
  std::vector<Job*> jobs;
  for (const std::string& id : active_) jobs.push_back(&jobs_.at(id));
  return jobs;
}

const Job* Catalog::ActiveJobOf(const std::string& stack) const {
  const auto found = std::find_if(active_.begin(), active_.end(),
                                  [&](const std::string& id) { return jobs_.at(id).stack == stack; });
  return found == active_.end() ? nullptr : &jobs_.at(*found);
}

void Catalog::Changed(const Job& job) {
  int64_t& kept = kept_[job.id];
  if (kept == job.Stamp()) return;
  kept = job.Stamp();
  changed_jobs_.insert(job.id);
  if (IsTerminal(job.state)) active_.erase(job.id);
}

Records Catalog::TakeChanges() {
  Records records;
  for (const std::string& id : std::exchange(changed_stacks_, {})) {
    records.push_back({kStackKind, id, Keep(stacks_.at(id))});
  }
  for (const std::string& id : std::exchange(changed_jobs_, {})) {
    records.push_back({kJobKind, id, Keep(jobs_.at(id))});
  }
  return records;
}

void Catalog::Load(const Record& record) {
  if (!record.body) return;
  if (record.kind == kStackKind) {
    stacks_[record.id] = KeptStack(record.id, *record.body);
  } else if (record.kind == kJobKind) {
    const Job& job = jobs_[record.id] = KeptJob(record.id, *record.body);
    kept_[job.id] = job.Stamp();
    if (!IsTerminal(job.state)) active_.insert(job.id);
  }
}

}  // namespace kedge::drydock::oci
