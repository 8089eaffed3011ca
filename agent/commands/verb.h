// A verb of the command `kedge`: its place in the help, its options, and what it does.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "commands/arguments.h"
#include "core/result.h"

namespace kedge::commands {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongUse = 2;

// What every verb may be given.
struct Context {
  std::string config;  // --config; empty: the standard file
  bool json = false;   // --json
};

// Does it, and gives the exit status.
using Run = std::function<int(const Context&)>;

struct Verb {
  std::string_view name;
  std::string_view usage;            // what stands behind it in "type: kedge VERB ..."; empty: nothing has to
  std::string_view summary;          // its line in `kedge --help`
  std::string_view help;             // what `kedge VERB --help` prints
  std::vector<Option> options = {};  // beside those that every verb takes
  size_t least_operands = 0;
  size_t most_operands = 0;
  std::string_view which = {};  // asked when operands are missing: "which job?"
  // From words to deeds. Pure; kInvalid: wrong use, one line that says what to type.
  Result<Run> (*prepare)(const Arguments& arguments) = nullptr;
  // Instead: the verb reads all words but its own name for itself; `options` then only says which there are.
  int (*with_words)(const std::vector<std::string>& words) = nullptr;
};

// All of them, in the order of `kedge --help`.
const std::vector<Verb>& Verbs();

// What `kedge --help` prints, and `kedge VERB --help`.
std::string Help();
std::string HelpOf(const Verb& verb);

// What a whole command line comes to.
struct Understood {
  Run run{};  // empty: nothing
  Context context{};
  std::string print{};  // for stdout
  std::string wrong{};  // wrong use: one line; exit status 2
};

// `words`: without the program's name. Options that every verb takes may stand before it.
Understood Understand(const std::vector<std::string>& words, const std::string& version);

}  // namespace kedge::commands
