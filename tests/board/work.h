// What the tests' jobs do on a board: three steps that change, remove and make files beneath one folder.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "board/board.h"

namespace kedge::board {

inline constexpr const char* kWorkFolder = "/srv/board";

enum class Last { kEnds, kWaits };  // the third step, after its change

// Makes the folder as it is before any job; durable.
void PrepareWork(Board& board);
nlohmann::json ThreeSteps(Last last);
// Until the third step has changed what it changes.
void WaitForLastStep(Board& board);
// All that the three steps do is there, by its content.
bool IsDone(Board& board);

// A step that runs a shell script without a comma in it; `more`: members of the action.
nlohmann::json ShellStep(const std::string& script, const nlohmann::json& more = nlohmann::json::object());
nlohmann::json Steps(const std::vector<nlohmann::json>& steps);

}  // namespace kedge::board
