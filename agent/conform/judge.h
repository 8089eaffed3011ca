// The judge of the device: what --watch and --probe show of it, taken before and after. Believes neither the
// handler nor the guards.
#pragma once

#include <string>
#include <vector>

#include "conform/bench.h"
#include "conform/listing.h"

namespace kedge::conform {

struct Picture {
  Listing files;
  std::vector<std::string> answers;  // of the probes: how each ended, and what it printed on stdout
};

class Judge {
 public:
  // `bench` outlives the judge.
  Judge(const Options& options, Bench& bench) : options_(options), bench_(bench) {}

  bool sees_anything() const { return !options_.watch.empty() || !options_.probes.empty(); }
  // The error: something cannot be looked at, or a probe does not start or end.
  Result<Picture> Look();
  // One line for each difference, as `WHAT: what is, what was`.
  std::vector<std::string> Compare(const Picture& was, const Picture& is) const;

 private:
  const Options& options_;
  Bench& bench_;
  Lister lister_;
};

}  // namespace kedge::conform
