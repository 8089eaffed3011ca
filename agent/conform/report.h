// What the test of a handler found, case by case; as text or as JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kedge::conform {

enum class Finding {
  kOk,           // shown to be kept
  kBroken,       // seen to be broken
  kNotShown,     // could not be exercised, or nothing could tell: never the same as kOk
  kInformation,  // nothing that the contract asks for, good to know
};
std::string_view ToString(Finding finding);  // "ok", "BROKEN", "not shown", "note"

// A case, for good: scripts go by `name`. `rule` is what handlers/PROTOCOL.md says about it, with its
// section.
struct Case {
  std::string_view name;
  std::string_view rule;
};

struct Found {
  Case about;
  Finding finding = Finding::kOk;
  std::string text;               // one line
  std::vector<std::string> seen;  // for kBroken: what was seen, a line each
};

// How the test ends.
enum class Conclusion { kKept = 0, kBroken = 1, kNotTested = 2 };

struct Report {
  std::string handler;
  uint64_t seed = 0;
  int rounds = 0;
  std::string containment;  // one sentence
  std::vector<Found> found;
  std::string not_tested;  // why nothing could be tested; empty: it could
};

Conclusion ConclusionOf(const Report& report);
std::string TextOf(const Found& found);  // of one case, with a line end
std::string HeadOf(const Report& report);
std::string EndOf(const Report& report);
std::string JsonOf(const Report& report);

}  // namespace kedge::conform
