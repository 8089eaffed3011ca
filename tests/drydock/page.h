// Lists in pages, as maxResults and nextToken ask for them. A token says after which entry to go on, so that
// a script may delete what it has seen between two pages; it is good for the list it came from and looks like
// nothing to anybody else.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
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

// Which page is asked for. Read before anything is looked up: what is malformed is refused first.
struct PageAsked {
  std::string list;  // which list it is: its path
  std::size_t size;
  std::optional<std::string> after;  // the key of the last entry that was given out
};
Outcome<PageAsked> ReadPage(const std::string& list, Members& query);

// {"NAME": […], "nextToken": …}
nlohmann::json Page(const PageAsked& asked, const char* name, std::vector<Entry> entries);

}  // namespace kedge::drydock
