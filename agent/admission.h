// May this job run here? Parses its document and looks up what it names, before anything is accepted: a job
// that can never run is REJECTED with a reason that names the member. Reads the device, changes nothing.
#pragma once

#include "config.h"
#include "core/event.h"

namespace kedge {

Admission Admit(const Config& config, const ServiceExecution& offer);

}  // namespace kedge
