// The columns that hold JSON (JOURNAL.md). Pure. Private to store/.
//
// Each ...FromJson tells what is not of its form to `damage`; `where` is the column's name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/event.h"
#include "core/job_execution.h"
#include "core/state.h"
#include "store/damage.h"

namespace kedge::store {

std::string ListToJson(const std::vector<std::string>& texts);
std::vector<std::string> ListFromJson(const char* where, const std::string& text, Damage& damage);

std::string DetailsToJson(const DetailsMap& details);
DetailsMap DetailsFromJson(const char* where, const std::string& text, Damage& damage);

std::string VerbsToJson(const std::vector<Verbs>& verbs);
std::vector<Verbs> VerbsFromJson(const char* where, const std::string& text, Damage& damage);

// How a step's `run` ended, what it used and what it told; nullopt when nothing of it is known.
std::optional<std::string> RunToJson(const StepRecord& step);
void RunFromJson(const char* where, const std::string& text, StepRecord* step, Damage& damage);

}  // namespace kedge::store
