#include "guards/services/keeper.h"

#include <cstdlib>
#include <filesystem>

#include "sys/files.h"
#include "sys/paths.h"

namespace kedge::services {
namespace {

// Less than the agent allows for the whole call.
constexpr std::chrono::seconds kLimit{300};

std::string ProgramPath() {
  if (const char* guards = std::getenv("KEDGE_GUARDS"); guards != nullptr && *guards == '/')
    return std::string(guards) + "/files";
  const auto self = sys::LinkTarget("/proc/self/exe");
  return self ? (std::filesystem::path(*self).parent_path() / "files").string() : "";
}

}  // namespace

Result<guards::Ended> CallFilesGuard(const std::string& verb, const std::string& state_folder,
                                     const std::vector<std::string>& paths) {
  const std::string folder = state_folder + "/files";
  if (verb != "check") {
    if (auto made = sys::MakeDirs(folder, 0700); !made) return Unexpected(made.error());
  }
  std::vector<std::string> argv = {ProgramPath(), verb};
  argv.insert(argv.end(), paths.begin(), paths.end());
  return guards::Run({argv, guards::EnvironmentWith({"KEDGE_STATE_DIR=" + folder}), "", kLimit});
}

std::string ComplaintOf(const guards::Ended& output) {
  const std::string line = guards::LastLine(output.err);
  const std::string name = "files: ";
  if (line.starts_with(name)) return line.substr(name.size());
  return line.empty() ? "the guard files ended with status " + std::to_string(output.status) : line;
}

}  // namespace kedge::services
