// What belongs to packages beside their .deb files: configuration, data, and what maintainer scripts change.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "guards/packages/database.h"

namespace kedge::packages {

// Paths that the guard `files` has to keep for the packages with these keys, sorted, none beneath another:
// their configuration and everything of theirs in /etc, their own folders in /var, /opt and /srv, what
// differs from the .deb, dpkg's files about them; and, whatever is touched, what maintainer scripts change:
// users and groups, alternatives, enabled units, debconf's answers, apt's marks; and `others`.
std::vector<std::string> GuardedPaths(const Database& database, const std::set<std::string>& touched,
                                      const std::set<std::string>& others);

// Whether services may write there at any time.
bool IsData(const std::string& path);

// Sorts the paths that are about to be unpacked: where nothing is they go to `absent`; where a file
// is, to `replaced`, and if it is no touched package's, so that no kept .deb can bring it back, to
// `overwritten`.
void SortComing(const std::vector<std::string>& coming, const Database& database,
                const std::set<std::string>& touched, std::vector<std::string>& absent,
                std::vector<std::string>& replaced, std::set<std::string>& overwritten);

// The names of what is in /etc, /var, /opt and /srv, as deep as packages' own folders are, sorted. Tells
// later what was not there.
std::vector<std::string> ListPlaces();
// Whether ListPlaces() goes as deep as `path`.
bool IsListed(const std::string& path);

// Paths that a package has, or by its name would have, in the places that are listed.
std::vector<std::string> PathsOf(const Package& package);

// What `dpkg --verify` says of the package: a line for each file that differs from the .deb.
std::vector<std::string> Deviations(const Package& package);

}  // namespace kedge::packages
