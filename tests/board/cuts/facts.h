// Facts (judge.h) from what the device's command and the scripts of device/ print.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "board/cuts/judge.h"
#include "board/cuts/work.h"

namespace kedge::board {

// `status` of `kedge status --json`, `show` of `kedge show JOB --json` (null: it knows none), `listing` of
// the job's files.
Facts MakeFacts(const Work& work, const nlohmann::json& status, const nlohmann::json& show,
                const std::string& listing, const std::string& begun);

}  // namespace kedge::board
