// Questions to whoever sits at the terminal.
#pragma once

#include <string>

#include "core/result.h"
#include "setup/interrupt.h"

namespace kedge::setup {

class Terminal {
 public:
  explicit Terminal(Interrupt& interrupt) : interrupt_(interrupt) {}

  static bool IsThere();  // stdin and stdout are a person's

  // One line, blanks at its ends taken off; `proposal` when it is empty. kUnavailable: the end of the input,
  // or Ctrl-C.
  Result<std::string> Ask(const std::string& question, const std::string& proposal);
  // No unless it begins with y or Y.
  Result<bool> Confirm(const std::string& question);

 private:
  Interrupt& interrupt_;
  std::string waiting_;  // read and not used yet
};

}  // namespace kedge::setup
