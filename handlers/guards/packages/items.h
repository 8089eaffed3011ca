// What the guard `packages` is told to guard: names of packages as the document or a handler writes them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace kedge::packages {

// NAME, NAME:ARCH, NAME=VERSION, NAME:ARCH=VERSION. Every part is checked: none can be taken for an option, a
// pattern, a path or another command by apt or dpkg.
struct Item {
  std::string name;
  std::string arch;     // "" when not said
  std::string version;  // "" when not said

  // As apt and dpkg name it: without the version.
  std::string Package() const { return arch.empty() ? name : name + ":" + arch; }
  std::string Written() const { return version.empty() ? Package() : Package() + "=" + version; }
};

// Words of all `arguments`, split at white space. kInvalid: none, or a word that is no item; the message
// names it.
Result<std::vector<Item>> ParseItems(const std::vector<std::string>& arguments);

bool IsPackageName(std::string_view text);
bool IsVersion(std::string_view text);

}  // namespace kedge::packages
