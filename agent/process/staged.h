// A script is executed from a private copy of what was checked.
//
// The kernel hands a script's path to its interpreter, which opens it anew: between our check and that moment
// the name may have come to mean another file. By descriptor the interpreter would get "/dev/fd/N", and the
// descriptor would stay open in everything that the script starts. So the descriptor that was checked is
// copied to a folder that nobody else can write, and the interpreter gets that path: what runs is what was
// checked, byte for byte. The folder is in memory (the agent's run folder), so a full disk does not stop a
// rollback; that it may be mounted noexec does not matter, for the interpreter is started by us.
//
// Beside the copy stand links to its neighbours, so that `dirname "$0"` leads to them as before.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "process/trusted.h"

namespace kedge::process {

// How to start the text `path`, by its first line: "#!" with an interpreter and at most one argument, as the
// kernel reads it; without one /bin/sh, as every shell does. `text`: its first bytes, 256 are enough.
std::vector<std::string> InterpreterFor(const std::string& text);

// One copy; removed with this.
class Staged {
 public:
  // Copies `script` into the new folder `folder`/`name`; an old one of that name is removed first. `folder`
  // is made when it is missing. The error says which call failed.
  static Result<Staged> Make(const TrustedFile& script, const std::string& folder, const std::string& name);
  Staged(Staged&& other) noexcept = default;
  Staged& operator=(Staged&&) = delete;
  ~Staged();

  const std::string& path() const { return path_; }

 private:
  explicit Staged(std::string folder) : folder_(std::move(folder)) {}

  void Link(const std::string& original_folder);

  std::string folder_;
  std::string path_;
  std::vector<std::string>
      made_;  // in it; each is removed by its path, for which no descriptor has to be left
};

}  // namespace kedge::process
