// What one call of the guard is told by its surroundings.
#pragma once

#include <string>

#include "guards/packages/simulate.h"

namespace kedge::packages {

struct Settings {
  std::string state_folder;               // KEDGE_STATE_DIR
  std::string files_guard;                // the program that keeps files
  Intent intent = Intent::kAny;           // KEDGE_PACKAGES_INTENT
  bool may_run_without_way_back = false;  // KEDGE_NO_WAY_BACK=run

  std::string Debs() const { return state_folder + "/debs"; }
  std::string FilesState() const { return state_folder + "/files"; }
  std::string DataState() const { return state_folder + "/data"; }
  std::string RecordPath() const { return state_folder + "/record"; }
};

}  // namespace kedge::packages
