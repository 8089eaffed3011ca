// The order in which the guards of a step put back.
#include <doctest/doctest.h>

#include <algorithm>

#include "core/decider.h"

using namespace kedge;

TEST_CASE("undo: packages are put back first, services last, whatever order they were kept in") {
  Execution execution;
  execution.plan.document.steps.resize(1);
  execution.plan.verbs.push_back({.rollback = true, .verify = true});
  execution.steps.resize(1);
  execution.steps[0].guarded = {"files", "own", "packages", "services"};
  do {
    std::string order;
    for (const Task& task : UndoTasks(execution, 0)) {
      order += std::string(ToString(task.kind)) + (task.guard.empty() ? "" : " " + task.guard) + "; ";
    }
    CHECK(order ==
          "rollback; restore packages; restore files; restore own; restore services; verify-undone; "
          "verify-guard packages; verify-guard files; verify-guard own; verify-guard services; ");
  } while (std::next_permutation(execution.steps[0].guarded.begin(), execution.steps[0].guarded.end()));
}
