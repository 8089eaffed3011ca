// The words behind `kedge VERB`, read by the verb's own table of options. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

namespace kedge::commands {

struct Option {
  std::string_view name;        // "--limit"
  std::string_view value = {};  // what stands for its value in "type: --limit 20"; empty: it takes none
  char letter = '\0';           // 'n' for -n
};

// What a verb was called with.
class Arguments {
 public:
  bool Has(std::string_view option) const;
  // The value; of an option that was given several times, the last one.
  std::optional<std::string> Value(std::string_view option) const;
  // All values, as given.
  std::vector<std::string> Values(std::string_view option) const;
  const std::vector<std::string>& operands() const { return operands_; }
  // Who looked at it already takes it away; there has to be one.
  void DropFirstOperand() { operands_.erase(operands_.begin()); }

 private:
  friend Result<Arguments> ReadArguments(const std::vector<std::string>& words,
                                         const std::vector<Option>& options, const std::string& type);
  std::vector<std::pair<std::string, std::string>> options_;  // full name, value
  std::vector<std::string> operands_;
};

// Options and operands in any order; "--option=value" or "--option value"; "--" ends the options. `type`: how
// the command is typed, "kedge show JOB". kInvalid: wrong use; the message is one line that says what to
// type.
Result<Arguments> ReadArguments(const std::vector<std::string>& words, const std::vector<Option>& options,
                                const std::string& type = "kedge");

// A whole number of at least `least` and at most `most`, and nothing else.
std::optional<int64_t> WholeNumber(std::string_view text, int64_t least, int64_t most);

}  // namespace kedge::commands
