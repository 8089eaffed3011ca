// The columns that hold JSON (JOURNAL.md). Pure. Private to store/.
//
// Each ...FromJson tells what is not of its form to `damage`; `where` is the column's name.
#pragma once

#include <string>
#include <vector>

#include "core/ending.h"
#include "core/event.h"
#include "core/job_execution.h"
#include "store/damage.h"

namespace kedge::store {

std::string ListToJson(const std::vector<std::string>& texts);
std::vector<std::string> ListFromJson(const char* where, const std::string& text, Damage& damage);

std::string DetailsToJson(const DetailsMap& details);
DetailsMap DetailsFromJson(const char* where, const std::string& text, Damage& damage);

std::string VerbsToJson(const std::vector<Verbs>& verbs);
std::vector<Verbs> VerbsFromJson(const char* where, const std::string& text, Damage& damage);

std::string EndingToJson(const Ending& ending);
Ending EndingFromJson(const char* where, const std::string& text, Damage& damage);

}  // namespace kedge::store
