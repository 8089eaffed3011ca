#include "faults/story.h"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>

#include "rig/files.h"

namespace kedge::faults {
namespace {

using nlohmann::json;

// $1 is the user (the Device Client's convention), $2 the device, $3 the notes. Without children of their own
// but for the stray: each program more is a page of calls more, and nothing new.
constexpr const char* kStep1 = R"(#!/bin/sh
set -e
echo ran >> "$3/runs-1"
echo "mode = bold" > "$2/app.conf"
)";

constexpr const char* kStep2 = R"(#!/bin/sh
set -e
echo ran >> "$3/runs-2"
echo two > "$2/app.d/two"
)";

constexpr const char* kStep2Fails = R"(#!/bin/sh
set -e
echo ran >> "$3/runs-2"
echo half > "$2/app.d/two"
exit 3
)";

// What it leaves behind ignores TERM and has nothing of the agent's in its environment.
constexpr const char* kStep2Hangs = R"(#!/bin/sh
set -e
echo ran >> "$3/runs-2"
echo "half written" > "$2/app.conf"
echo half > "$2/app.d/two"
env -i setsid /bin/sh -c 'trap "" TERM; exec /bin/sleep 1000' </dev/null >/dev/null 2>&1 &
echo yes > "$3/half-done"
exec /bin/sleep 1000
)";

json Step(const std::string& program, const std::string& programs, const std::string& device,
          const std::string& notes) {
  return {{"action",
           {{"name", program},
            {"type", "runHandler"},
            {"input", {{"handler", program}, {"args", {device, notes}}, {"path", programs}}},
            {"protect", {{"files", {device}}}}}}};
}

}  // namespace

const std::vector<Story>& Stories() {
  static const std::vector<Story> stories = {
      {"success", "both steps succeed", "step-2", false, "SUCCEEDED"},
      {"cancel", "a forced cancel in the middle of step 2, which hangs and has a grandchild", "step-2-hangs",
       true, "CANCELED"},
      {"failure", "step 2 fails after half of its work", "step-2-fails", false, "FAILED"}};
  return stories;
}

const Story* FindStory(const std::string& name) {
  for (const Story& story : Stories()) {
    if (story.name == name) return &story;
  }
  return nullptr;
}

void WriteStepPrograms(const std::string& folder) {
  rig::WriteFile(folder + "/step-1", kStep1, 0755);
  rig::WriteFile(folder + "/step-2", kStep2, 0755);
  rig::WriteFile(folder + "/step-2-fails", kStep2Fails, 0755);
  rig::WriteFile(folder + "/step-2-hangs", kStep2Hangs, 0755);
}

json Document(const Story& story, const std::string& programs, const std::string& device,
              const std::string& notes) {
  return {
      {"version", "1.0"},
      {"steps", {Step("step-1", programs, device, notes), Step(story.second_step, programs, device, notes)}}};
}

std::string RunsFile(int step) { return "runs-" + std::to_string(step); }

void WriteDevice(const std::string& device) {
  rig::WriteFile(device + "/app.conf", "mode = careful\n", 0640);
  std::filesystem::create_symlink("app.conf", device + "/current");
  std::filesystem::create_directory(device + "/app.d");
  rig::WriteFile(device + "/app.d/one", "one\n");
  setxattr((device + "/app.d/one").c_str(), "user.origin", "factory", 7, 0);
}

std::string EffectsMissing(const std::string& device) {
  const std::vector<std::pair<std::string, std::string>> expected = {{"/app.conf", "mode = bold\n"},
                                                                     {"/current", "mode = bold\n"},
                                                                     {"/app.d/one", "one\n"},
                                                                     {"/app.d/two", "two\n"}};
  std::string wrong;
  for (const auto& [name, content] : expected) {
    const std::string found = rig::ReadIfThere(device + name);
    if (found != content) wrong += device + name + " holds '" + found + "'\n";
  }
  std::size_t entries = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(device)) {
    entries += entry.path().empty() ? 0 : 1;
  }
  if (entries != expected.size() + 1) {
    wrong += device + " has " + std::to_string(entries) + " entries, not " +
             std::to_string(expected.size() + 1) + "\n";
  }
  return wrong;
}

}  // namespace kedge::faults
