// What the doctor sees: a finding a line.
#pragma once

#include <string>
#include <vector>

namespace kedge::doctor {

enum class Level { kOk, kWarning, kProblem, kSkipped };
const char* ToString(Level level);  // "ok", "warning", "problem", "skipped"

struct Finding {
  std::string id;  // of the check, the same in every version: DOCTOR.md
  Level level = Level::kOk;
  std::string saw;      // a sentence
  std::string advice;   // what to do, in words; "" when there is nothing to do
  std::string command;  // what to type for it; "" when no command does it
};

// What one look gave.
class Findings {
 public:
  void Ok(const std::string& id, const std::string& saw) { Add({id, Level::kOk, saw, "", ""}); }
  void Warning(const std::string& id, const std::string& saw, const std::string& advice,
               const std::string& command = "") {
    Add({id, Level::kWarning, saw, advice, command});
  }
  void Problem(const std::string& id, const std::string& saw, const std::string& advice,
               const std::string& command = "") {
    Add({id, Level::kProblem, saw, advice, command});
  }
  void Skipped(const std::string& id, const std::string& why) { Add({id, Level::kSkipped, why, "", ""}); }
  void Add(Finding finding) { all_.push_back(std::move(finding)); }

  bool Has(const std::string& id) const;
  const std::vector<Finding>& all() const { return all_; }

 private:
  std::vector<Finding> all_;
};

// A word of a command to type: in quotes where a shell would read more into it. With a control character it
// cannot be typed: "".
std::string Quoted(const std::string& word);

}  // namespace kedge::doctor
