// What the doctor tells: line by line for people, or one JSON object at the end. Private to doctor/.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "doctor/doctor.h"
#include "doctor/finding.h"

namespace kedge::doctor {

class Report {
 public:
  Report(const Io& io, bool json, bool quiet) : io_(io), is_json_(json), quiet_(quiet) {}

  void Add(const Finding& finding);
  // `config`: the file that was looked at.
  void End(const std::string& thing, const std::string& config);
  bool has_problem() const { return counts_.count(Level::kProblem) != 0; }

 private:
  void Tell(const Finding& finding);
  void TellSkipped();
  void Wrapped(const std::string& text);
  std::string Counts() const;

  bool wants_root_ = false;
  const Io& io_;
  const bool is_json_;
  const bool quiet_;
  std::map<Level, int> counts_;
  std::vector<Finding> skipped_;  // for one reason, not told yet
  nlohmann::ordered_json checks_ = nlohmann::ordered_json::array();
};

}  // namespace kedge::doctor
