#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "doctor/checks.h"
#include "doctor/programs.h"
#include "process/resolve.h"
#include "process/trusted.h"
#include "sys/paths.h"

namespace kedge::doctor {
namespace {

constexpr const char* kVerbs[] = {"run", "check", "rollback", "verify"};

std::vector<std::string> In(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code failure;
  for (auto entry = std::filesystem::directory_iterator(folder, failure);
       !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure))
    paths.push_back(entry->path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// What to type about `path`; "" when that cannot be told.
std::string Mend(const std::string& path) {
  struct stat found {};
  const std::string word = Quoted(path);
  if (word.empty() || lstat(path.c_str(), &found) != 0 || S_ISLNK(found.st_mode)) return "";
  if (found.st_uid != 0 && found.st_uid != geteuid()) return "sudo chown root: " + word;
  if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0) return "sudo chmod go-w " + word;
  if (S_ISREG(found.st_mode) && (found.st_mode & 0111) == 0) return "sudo chmod +x " + word;
  return "";
}

// The first path that the sentence names: that is the one to mend, which may be a folder on the way.
std::string PathIn(const std::string& sentence) { return sentence.substr(0, sentence.find(' ')); }

class Look {
 public:
  explicit Look(const Case& here) : here_(here) {}

  Seen Take() {
    std::vector<std::string> folders = {here_.config.paths.handlers_folder};
    folders.insert(folders.end(), here_.config.paths.allowed_handlers.begin(),
                   here_.config.paths.allowed_handlers.end());
    for (const std::string& folder : folders) Handlers(folder);
    End("handlers", "handler", folders[0]);
    Guards(here_.config.paths.guards_folder);
    End("guards", "guard", here_.config.paths.guards_folder);
    SearchPath();
    return std::move(seen_);
  }

 private:
  void End(const std::string& id, const std::string& what, const std::string& folder) {
    if (!seen_.findings.Has(id) && !sys::LeadsToFolder(folder)) {
      seen_.findings.Skipped(id, "there is no folder " + folder);
    } else if (!seen_.findings.Has(id) && count_ == 0) {
      seen_.findings.Ok(id, "there are none in " + folder);
    } else if (!seen_.findings.Has(id)) {
      seen_.findings.Ok(id, std::to_string(count_) + " " + what + (count_ == 1 ? "" : "s") +
                                ": each can be executed, and changed by root alone");
    }
    count_ = 0;
  }

  bool Folder(const std::string& id, const std::string& path, const std::string& beneath) {
    const auto trusted = process::CheckTrustedFolder(path, {beneath});
    if (trusted) return true;
    Complain(id, trusted.error());
    return false;
  }

  void Complain(const std::string& id, const Error& error) {
    if (error.message.find("Permission denied") != std::string::npos && !here_.is_root()) {
      if (!seen_.findings.Has(id)) seen_.findings.Skipped(id, "needs root: " + error.message);
      return;
    }
    seen_.findings.Problem(id, error.message, "until then a job that needs it is refused",
                           Mend(PathIn(error.message)));
  }

  void Handlers(const std::string& folder) {
    if (!sys::LeadsToFolder(folder)) return;  // config tells
    if (!Folder("handlers", folder, folder)) return;
    for (const std::string& path : In(folder)) {
      if (NameOf(path) == "guards" || NameOf(path).starts_with(".")) continue;
      if (!sys::IsFolder(path)) {
        if (MeansToRun(path)) File("handlers", path, folder);
      } else if (sys::IsThere(path + "/run") && Folder("handlers", path, folder)) {
        for (const char* verb : kVerbs) {
          if (sys::IsThere(path + "/" + verb)) File("handlers", path + "/" + verb, folder, verb == kVerbs[0]);
        }
      }
    }
  }

  void Guards(const std::string& folder) {
    if (!sys::LeadsToFolder(folder) || !Folder("guards", folder, folder)) return;
    for (const std::string& path : In(folder)) {
      if (!sys::IsFolder(path) && MeansToRun(path)) File("guards", path, folder, !path.ends_with(".check"));
    }
  }

  // A page or a licence beside the handlers is none.
  static bool MeansToRun(const std::string& path) {
    struct stat found {};
    if (lstat(path.c_str(), &found) != 0 || (found.st_mode & 0111) != 0) return true;
    const auto start = sys::ReadFile(path);
    return path.ends_with(".sh") || !start || start->starts_with("#!") ||
           start->starts_with(
               "\x7f"
               "ELF");
  }

  void File(const std::string& id, const std::string& path, const std::string& folder, bool counts = true) {
    const auto file = process::OpenTrusted(path, {folder});
    if (!file) return Complain(id, file.error());
    if (counts) ++count_;
    if (!file->compiled) Interpreter(id, path, file->start);
  }

  void Interpreter(const std::string& id, const std::string& path, const std::string& start) {
    if (!start.starts_with("#!")) {
      if (start.empty()) return;  // not readable for us, or nothing in it
      seen_.findings.Problem(id, path + " is neither a program nor a script: it does not begin with #!",
                             "say in its first line what executes it, such as #!/bin/sh",
                             "sudoedit " + Quoted(path));
      return;
    }
    std::istringstream words(start.substr(2, start.find('\n') - 2));
    std::string interpreter, program;
    words >> interpreter >> program;
    if (!IsExecutable(interpreter)) return NoInterpreter(id, path, interpreter);
    if (NameOf(interpreter) != "env" || program.empty() || program.starts_with("-")) return;
    if (!process::FindProgram(program, here_.config.process.search_path)) NoInterpreter(id, path, program);
  }

  void NoInterpreter(const std::string& id, const std::string& path, const std::string& interpreter) {
    seen_.findings.Problem(id, path + " wants to be executed by " + interpreter + ", which is not here",
                           "install it, or name another one in the first line",
                           "apt-file search bin/" + Quoted(NameOf(interpreter)));
  }

  // By a bare name a step's program is looked up here, and runs as root.
  void SearchPath() {
    const std::string& all = here_.config.process.search_path;
    int folders = 0;
    for (size_t from = 0; from < all.size();) {
      const size_t to = std::min(all.find(':', from), all.size());
      const std::string folder = all.substr(from, to - from);
      from = to + 1;
      if (!sys::LeadsSomewhere(folder)) continue;  // Debian's own list names some that may be missing
      ++folders;
      if (auto trusted = process::CheckTrustedFolder(folder, {folder}); !trusted) {
        seen_.findings.Problem("search-path",
                               trusted.error().message + "; steps find their programs there, and run as root",
                               "only root may change what is there", Mend(PathIn(trusted.error().message)));
      }
    }
    if (folders == 0) {
      seen_.findings.Problem("search-path", "none of the folders of process.search_path is there: " + all,
                             "name folders with programs", "sudoedit " + Quoted(here_.config_file()));
    }
    if (!seen_.findings.Has("search-path"))
      seen_.findings.Ok(
          "search-path",
          std::to_string(folders) + (folders == 1 ? " folder" : " folders, each") + " changed by root alone");
  }

  const Case& here_;
  Seen seen_;
  int count_ = 0;
};

}  // namespace

Seen LookAtPrograms(const Case& here) { return Look(here).Take(); }

}  // namespace kedge::doctor
