// The show of one animal: it comes twice, the first time (in a smaller size, where it is a big one) to warm
// up; then the keeper must have grown by less than 1 MiB, have lost no descriptor, and nothing of it may be
// alive.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "keeper.h"

namespace kedge::zoo {

struct Act {
  std::vector<std::string> words{};         // the animal and its arguments
  std::vector<std::string> words_before{};  // of its first coming; empty: the same
  size_t settles = 0;         // 0: it ends by itself; else it is stopped when so many have settled
  size_t settles_before = 0;  // 0: the same
  milliseconds grace{0};      // of that stop
  std::function<void(process::ChildSpec&)> tune{};
  std::string promise{};  // what holds here, when that is less than "nothing is alive, all is told"
};

// Shows it, prints a row of the table, and checks what is the same for all animals.
Report Show(Keeper& keeper, const Act& act);
// Whether the machine did not let the animal be: then its row says why.
bool NotHere(const Report& report);

std::string Text(const Capture& capture);

// A row for what was not shown through Show.
void Row(const std::string& animal, Kind kind, const std::string& what, int64_t took, int64_t growth,
         const std::string& promise = "");
// The checks that are the same for all.
void CheckContained(const Report& report);

}  // namespace kedge::zoo
