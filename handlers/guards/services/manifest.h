// The snapshot's record of the units. The format is described in ../SERVICES.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "guards/services/systemctl.h"

namespace kedge::services {

// Why a unit is in the record.
enum class Role {
  kGuarded,    // named by the caller: everything about it is put back
  kDependent,  // ran, and may have been stopped with a guarded one: has to run again
  kPulledIn,   // did not run, and may have been started with a guarded one: must not run
};

struct Recorded {
  Role role = Role::kGuarded;
  UnitState unit;  // without relations
};

struct Manifest {
  std::vector<std::string> units;    // as asked for, after ReadUnits
  std::vector<Recorded> recorded;    // guarded ones first
  std::vector<std::string> files;    // what the guard `files` keeps in the folder `files`
  std::vector<std::string> links;    // the links that enabled the guarded units, part of `files`
  std::vector<std::string> folders;  // the folders for such links that were there
  std::vector<std::string> names;    // of which links are looked for
};

std::string Encode(const Manifest& manifest);
// kCorrupt with the reason when `text` is not a whole manifest of a version that we know.
Result<Manifest> Decode(std::string_view text);

// The names of all recorded units of `role`; all of them without one.
std::vector<std::string> Ids(const Manifest& manifest);
std::vector<std::string> Ids(const Manifest& manifest, Role role);

}  // namespace kedge::services
