#include "bench/job_line.h"

#include <stdexcept>

namespace kedge::bench {

std::string JobLine::Noop() {
  if (!installed_) rig_.Binary("noop", BENCH_NOOP);
  installed_ = true;
  return "noop";
}

rig::json JobLine::HandlerDocument(const std::string& marker) {
  const std::vector<std::string> args = marker.empty() ? std::vector<std::string>{} : std::vector{marker};
  return rig::Rig::Document({rig_.Step(Noop(), args)});
}

rig::json JobLine::CommandDocument(const std::string& marker) {
  // The handler gets the user's name first.
  const std::string command = rig_.handlers() + "/" + Noop() + (marker.empty() ? "" : ",user," + marker);
  return rig::Rig::Document({rig::Rig::CommandStep(command)});
}

std::string JobLine::Create(const rig::json& document) {
  const std::string job = "job-" + std::to_string(++created_);
  rig_.service().CreateJob(job, document);
  return job;
}

Trip JobLine::Done(const std::string& job) {
  const Trip trip = observer_.WaitDone(job, kPatience);
  if (trip.done == 0) throw std::runtime_error(job + " does not end within 10 s\n" + rig_.Logs());
  return trip;
}

std::vector<std::string> JobLine::Queue(int count, const rig::json& document, rig::Program& kedged) {
  rig_.kedged().Stop();
  rig_.link().Stop();
  std::vector<std::string> jobs;
  for (int i = 0; i < count; ++i) jobs.push_back(Create(document));
  kedged.Start();
  rig_.link().Start();
  return jobs;
}

}  // namespace kedge::bench
