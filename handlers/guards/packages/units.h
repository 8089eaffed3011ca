// Whether the services of packages run. Removing and installing a package stops and starts them.
#pragma once

#include <map>
#include <string>

#include "guards/packages/database.h"

namespace kedge::packages {

// Name and ActiveState of the units of the packages with these keys. Empty where systemd does not run.
std::map<std::string, std::string> ReadUnits(const Database& database, const std::set<std::string>& touched);

// Whether any of them runs now.
bool IsAnyActive(const std::map<std::string, std::string>& units);
void StopUnits(const std::map<std::string, std::string>& units);

std::string ActiveState(const std::string& unit);
// Starts and stops units until those that were active are active and those that were not are not.
void RestoreUnits(const std::map<std::string, std::string>& units);
bool HasSystemd();

}  // namespace kedge::packages
