#include "faults/tally.h"

#include <cstdio>

namespace kedge::faults {

std::string Name(const Case& which) {
  std::string name = which.story->name;
  if (which.circumstances.plan) name += " " + ToString(*which.circumstances.plan);
  if (which.circumstances.power_cut) name += " power-cut";
  return name;
}

void Tally::Count(const Report& report, Row* row) {
  ++row->runs;
  row->reached += report.reached;
  row->died += report.died;
  row->hushed += report.hushed;
  const Findings& found = report.findings;
  if (!found.good()) {
    ++row->violations;
  } else if (found.loud) {
    ++row->loud;
  } else if (found.end == "SUCCEEDED") {
    ++row->done;
  } else {
    ++row->undone;
  }
}

void Tally::Add(const Case& which, const Report& report) {
  Count(report, &rows_[KindOf(which)]);
  Count(report, &total_);
  if (report.findings.loud) ++loud_by_[Name(which)];
  if (report.findings.good()) return;
  std::printf("VIOLATION in: fault_sweep --run '%s'\n", Name(which).c_str());
  for (const std::string& violation : report.findings.violations) std::printf("  %s\n", violation.c_str());
  std::printf("%s\n", report.logs.c_str());
  std::fflush(stdout);
}

void Tally::Print(const std::string& name, const Row& row) {
  std::printf("%-40s %6d %7d %6d %7d | %6d %6d %10d %9d\n", name.c_str(), row.runs, row.reached, row.died,
              row.hushed, row.done, row.undone, row.loud, row.violations);
}

void Tally::Print() const {
  std::printf("%-40s %6s %7s %6s %7s | %6s %6s %10s %9s\n", "", "runs", "reached", "died", "waited", "done",
              "undone", "quarantine", "violation");
  for (const auto& [name, row] : rows_) Print(name, row);
  Print("all", total_);
  if (!loud_by_.empty()) std::printf("\nIn quarantine, and said so:\n");
  for (const auto& [name, times] : loud_by_) std::printf("  %s\n", name.c_str());
}

}  // namespace kedge::faults
