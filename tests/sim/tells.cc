#include "sim/tells.h"

#include <cstdio>

namespace kedge::sim {
namespace {

constexpr int kMostPairs = 8;  // of a step

}  // namespace

DetailsMap WordsOf(Tells tells, size_t step, int run, int words) {
  const std::string here = std::to_string(step + 1) + "." + std::to_string(run) + "." + std::to_string(words);
  if (tells == Tells::kMany) {
    DetailsMap many;
    if (words > 0) {
      many["pair3"] = here;
      many["pair9"] = "refused: one too many";
      return many;
    }
    for (int pair = 0; pair < kMostPairs; ++pair) many["pair" + std::to_string(pair)] = here;
    many["pair8"] = "refused: one too many";
    return many;
  }
  DetailsMap some{{"package", here}, {"step", "doing " + here}};
  some["progress"] = std::to_string((run * 20 + words * 5) % 101) + (words % 2 == 0 ? "%" : "");
  some["word" + std::to_string(words)] = here;
  some["passing"] = words == 0 ? here : "";
  if (tells == Tells::kSome) return some;
  some["reason"] = some["verdict"] = some["stdout"] = some["usage"] = "refused: the agent itself says this";
  some["not a key"] = some[""] = some[std::string(129, 'k')] = "refused: no key";
  if (words == 1) some["progress"] = "refused: no number";
  return some;
}

bool IsPassedOn(int words) { return words < 2; }

DetailsMap LateWords() { return {{"package", "refused: too late"}, {"late", "refused: too late"}}; }

void Hear(const DetailsMap& words, DetailsMap* known) {
  for (const auto& [key, value] : words) {
    if (value.starts_with("refused")) continue;
    if (value.empty()) {
      known->erase(key);
    } else {
      (*known)[key] = key == "progress" && value.ends_with('%') ? value.substr(0, value.size() - 1) : value;
    }
  }
}

Origin OriginOf(const std::string& value) {
  Origin origin{kMostSteps, 0};
  int step = 0;
  int run = 0;
  int words = 0;
  if (std::sscanf(value.c_str(), "%d.%d.%d", &step, &run, &words) == 3 && step > 0) {
    origin = {static_cast<size_t>(step) - 1, run};
  }
  return origin;
}

}  // namespace kedge::sim
