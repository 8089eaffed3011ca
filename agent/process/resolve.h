// What a step's command means on this device: looked up without starting anything. Used before a job is
// accepted (a refusal then is REJECTED) and again at each start, where the checks repeat on the descriptor
// that is executed.
#pragma once

#include <string>
#include <vector>

#include "core/job_document.h"
#include "core/result.h"

namespace kedge::process {

struct HandlerFolders {
  std::string standard;  // what path "default", "" and an unsubstituted parameter mean
  std::vector<std::string>
      allowed;  // further folders that a document's `path` may name (it or something beneath)
};

// All of them: where something may lie that is executed.
std::vector<std::string> TrustedFolders(const HandlerFolders& folders);

// A handler found on disk.
struct Handler {
  bool is_folder = false;  // false: a single executable with only `run`, called as AWS's Device Client does
  std::string folder;      // is_folder: the folder that holds run, check, rollback, verify
  std::string run;         // absolute path of what `run` executes
  bool has_check = false;
  bool has_rollback = false;
  bool has_verify = false;
};

// Finds `command.handler` (kHandler only). Names: [a-zA-Z0-9._-]{1,64}, not "." or ".."; "NAME.sh" also
// resolves to a folder handler "NAME" when there is no such file. Errors, each naming the handler and the
// path tried: kNotFound (unknown handler), kDenied (path outside the configured folders, symbolic link,
// wrong owner or mode).
Result<Handler> FindHandler(const Command& command, const HandlerFolders& folders);

struct User {
  std::string name;
  unsigned uid = 0;
  unsigned gid = 0;
  std::string home;
};
// kNotFound with a sentence for a user that does not exist. "" is the agent's own user.
Result<User> FindUser(const std::string& name);

// Whether `program` can be executed: an absolute path that is an executable file, or a name found in
// `search_path` (colon separated). Gives the absolute path.
Result<std::string> FindProgram(const std::string& program, const std::string& search_path);

}  // namespace kedge::process
