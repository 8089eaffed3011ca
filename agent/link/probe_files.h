// The first part of the probe: the clock and the three files of mutual TLS. Private to link/.
#pragma once

#include <functional>

#include "link/probe.h"

namespace kedge::link {

// Checks `ca`, `certificate`, `key`; all of them are told, for they do not depend on each other. True when
// all are ok.
bool ProbeFiles(const BrokerConfig& config, const std::function<void(const ProbeCheck&)>& say);

}  // namespace kedge::link
