// Damaged copies of one journal, and what the store makes of each.
//
// The journal is that of life.h, as a kill -9 leaves it: the first commits are in the database, the rest in
// its log.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/state.h"

namespace kedge::store {

// Where the damage is done.
struct Target {
  std::string name;      // for people
  std::string database;  // content, undamaged
  std::string log;
  bool in_log = false;  // else in the database
  size_t oldest = 0;    // states[oldest] and later ones may be found after a cut, or trouble
};

struct Corpus {
  std::vector<State> states;  // states[n]: after n commits
  std::vector<Target> targets;
};
// `folder` is the caller's, and empty again afterwards.
Corpus MakeCorpus(const std::string& folder);

// One damaged copy. Cases 0 to size - 1: cut to so many bytes; then the bits, from the first on.
struct Damaging {
  const Target* target = nullptr;
  uint64_t number = 0;
};
uint64_t CasesOf(const Target& target);
std::string Describe(const Damaging& damaging);

enum class Outcome { kLast, kEarlier, kTrouble, kUnreadable, kWrong };
// Writes the damaged copy to `folder`, opens it as the daemon does, and judges. kTrouble: the agent knows
// that it does not know. kUnreadable: likewise, and the files are left in their place. kWrong: it believes
// what never was, or what damage of this file must not give.
Outcome Try(const Corpus& corpus, const Damaging& damaging, const std::string& folder);

}  // namespace kedge::store
