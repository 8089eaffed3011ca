// The measurements of `jobs`, each on an agent that runs; what each means: README.md. They throw
// std::runtime_error when they cannot.
#pragma once

#include <string>

#include "bench/figures.h"
#include "bench/job_line.h"
#include "bench/observer.h"
#include "rig/rig.h"

namespace kedge::bench {

// One job after another, each when the device is at rest.
void MeasureAlone(rig::Rig& rig, JobLine& line, Figures& figures);
// So many that wait when the agent starts.
void MeasureQueue(rig::Rig& rig, JobLine& line, int count, Figures& figures);
// Under strace; nothing without it. Leaves no agent running.
void MeasureSyncs(rig::Rig& rig, JobLine& line, const rig::json& document, const std::string& key,
                  Figures& figures);
// Through the counting proxy. Leaves no agent running.
void MeasureWire(rig::Rig& rig, Observer& observer, JobLine& line, Figures& figures);

double ProportionalMegabytes(rig::Rig& rig);  // of both daemons

}  // namespace kedge::bench
