// The files that a configuration of AWS's Device Client names: where they are, whether Kedge can use them
// there, and what to type where it cannot. Looks at files, changes none.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"

namespace kedge::op {

// `written` as the Device Client reads it: '~' and '$NAME' by the environment of this process, quotes taken
// away. Without a slash at the end. kInvalid, with the reason: a command in it, an unknown variable, more
// than one word, not absolute.
Result<std::string> ExpandDevicePath(const std::string& written);

// A word for a shell command that somebody may copy.
std::string ShellWord(const std::string& text);

// Where Kedge is to look for handlers, and what has to be typed before that.
struct HandlerFolder {
  std::string path;
  std::string reason;                 // why it is not the folder that was named; empty when it is
  std::vector<std::string> commands;  // empty when the folder can be used as it is
};
// Kedge starts no program that somebody else than root could change: a folder for which that does not hold
// has to be copied.
HandlerFolder PlaceHandlers(const std::string& folder);

}  // namespace kedge::op
