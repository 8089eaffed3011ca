// What is not as it was recorded, as far as dpkg's database has it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "guards/packages/database.h"
#include "guards/packages/record.h"

namespace kedge::packages {

struct Difference {
  std::set<std::string> to_purge;      // here now, and were not, or only their configuration was
  std::set<std::string> to_install;    // were installed, and are not, or in another version, or not whole
  std::set<std::string> to_configure;  // the right version is unpacked
  size_t Count() const { return to_purge.size() + to_install.size() + to_configure.size(); }
  bool HasPackages() const { return Count() > 0; }
};
Difference Compare(const Database& then, const Database& now);

// The database as it has to be: the paragraphs of `then` where version and state are the recorded ones
// already, or where nothing but configuration was there.
Database Mended(const Database& then, const Database& now);

// One line for each package that differs in any way.
std::vector<std::string> DescribePackages(const Record& record, const Database& then, const Database& now);

}  // namespace kedge::packages
