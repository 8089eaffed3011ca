// Lists in pages, as maxResults and nextToken ask for them. A token says after which entry to go on, so that
// a script may delete what it has seen between two pages; it is good for the list it came from and looks like
// nothing to anybody else.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "members.h"
#include "outcome.h"

namespace kedge::drydock {

struct Entry {
  std::string key;  // its place in the list: entries are given out in the order of their keys
  nlohmann::json object;
};

// The part of a key that sorts the greater number first.
std::string Descending(uint64_t number);

// {"NAME": […], "nextToken": …}. `list` is which list it is: its path.
Outcome<nlohmann::json> Page(const std::string& list, const char* name, std::vector<Entry> entries,
                             Members& query);

}  // namespace kedge::drydock
