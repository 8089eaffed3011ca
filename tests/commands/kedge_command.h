// How the tests of the real `kedge` program call it, and the journal that it reads.
#pragma once

#include <doctest/doctest.h>

#include <fstream>
#include <string>

#include "core/job_document.h"
#include "operator/served_agent.h"
#include "operator/states.h"
#include "store/journal.h"

namespace kedge::op {

inline bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// A configuration whose folders lie beneath `folder`, as ServedAgent's socket does.
inline std::string ConfigIn(const std::string& folder) {
  const std::string path = folder + "/kedge.yaml";
  std::ofstream(path) << "thing: pi-1\npaths: {state: " << folder << "/state, run: " << folder << "/run}\n";
  return path;
}

inline std::string Kedge(const std::string& config, const std::string& arguments) {
  return "TZ=UTC DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent " KEDGE_COMMAND " --config " + config + " " +
         arguments;
}

// What InStepTwo runs.
inline constexpr char kDocument[] = R"({"version":"1.0","steps":[
  {"action":{"name":"fetch","type":"runCommand","input":{"command":"true"},"protect":{"files":["/etc/app.conf"]}}},
  {"action":{"name":"configure","type":"runCommand","input":{"command":"true"},"rollback":{"command":"true"}}},
  {"action":{"name":"restart","type":"runCommand","input":{"command":"true"}}}]})";

// A journal with one closed job, and one that runs.
inline void WriteJournal(const std::string& folder) {
  auto journal = store::OpenJournal(folder + "/state/journal.db");
  REQUIRE_MESSAGE(journal.has_value(), journal.error().message);
  const ExecutionId old{JobId{"fw-41"}, 1, kWall - 99000};
  State first;
  first.ledger.push_front(ClosedAs(JobStatus::kCanceled, Verdict::kSafe, "the service ended it: CANCELED"));
  auto committed =
      (*journal)->Commit(State{}, first,
                         {{old, kWall - 90000, "offered", {}, "job fw-41 with 1 step", ""},
                          {old,
                           kWall - 61000,
                           "lost",
                           {},
                           "the service has it as CANCELED",
                           R"({"serviceStatus":"CANCELED","serviceDetails":{"reason":"wrong version"}})"},
                          {old, kWall - 60000, "closed", {}, "CANCELED, verdict safe", ""}});
  REQUIRE_MESSAGE(committed.has_value(), committed.error().message);
  State second = first;
  second.current = InStepTwo(Phase::kRunning);
  second.current->document = kDocument;
  second.current->plan.document = *ParseJobDocument(kDocument);
  committed = (*journal)->Commit(first, second,
                                 {{second.current->id, kWall, "offered", {}, "job fw-42 with 3 steps", ""}});
  REQUIRE_MESSAGE(committed.has_value(), committed.error().message);
}

}  // namespace kedge::op
