// Taking a snapshot, and reading one.
#pragma once

#include <vector>

#include "core/result.h"
#include "guards/packages/items.h"
#include "guards/packages/program.h"
#include "guards/packages/record.h"
#include "guards/packages/settings.h"

namespace kedge::packages {

// kNotFound: no complete snapshot. kCorrupt: there is one, and it cannot be believed.
Result<Record> ReadRecord(const Settings& settings);

// Clears what an earlier try left, keeps everything and makes it durable. kBusy, kUnavailable: later may
// work. kDenied: there is no exact way back, and the settings do not allow to go without. kInvalid: apt
// cannot do it.
Result<Record> TakeSnapshot(const Settings& settings, const std::vector<Item>& items);

// Why there would be no exact way back, as far as can be told at once and without the network; changes
// nothing. Empty: there would be one.
Result<std::vector<std::string>> FindObstacles(const Settings& settings, const std::vector<Item>& items);

// Calls the guard `files`, whose snapshot is in `state`, with what is recorded for it.
Result<Ran> CallFilesGuard(const Settings& settings, const std::string& state, const std::string& verb,
                           const std::vector<std::string>& paths);

}  // namespace kedge::packages
