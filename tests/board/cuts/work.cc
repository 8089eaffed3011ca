#include "board/cuts/work.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <stdexcept>
#include <vector>

#include "rig/files.h"
#include "rig/program.h"

namespace kedge::board {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string Script(const std::string& name, std::vector<std::string> arguments, const std::string& scratch) {
  arguments.insert(arguments.begin(), std::string(CUTS_DEVICE_SCRIPTS "/") + name);
  const rig::Finished done = rig::Run(arguments, scratch);
  if (done.status != 0) throw std::runtime_error(name + " fails: " + done.err);
  return done.out;
}

// A file's line ends in " @" and when it was changed.
std::string WithoutTimes(const std::string& listing) {
  std::string text;
  for (const std::string& line : rig::Lines(listing)) {
    const std::size_t time = line.rfind(" @");
    const bool has_time =
        time != std::string::npos && line.find_first_not_of("0123456789.", time + 2) == std::string::npos;
    text += (has_time ? line.substr(0, time) : line) + "\n";
  }
  return text;
}

json Step(const Work& work, int number, const std::vector<std::string>& protect) {
  json paths = json::array();
  for (const std::string& name : protect) paths.push_back(work.folder() + "/" + name);
  const std::string command = std::string(kScripts) + "/step," + std::to_string(number) + "," + work.folder();
  return {{"action",
           {{"name", "change " + std::to_string(number)},
            {"type", "runCommand"},
            {"input", {{"command", command}}},
            {"protect", {{"files", paths}}}}}};
}

}  // namespace

json Work::Document() const {
  return {{"version", "1.0"},
          {"steps",
           {Step(*this, 1, {"config", "gone", "notes", "notes-too", "fresh", "tool", "tagged"}),
            Step(*this, 2, {"tree"}), Step(*this, 3, {"large", "large.new", "made"})}}};
}

Work NewWork(const std::string& name, const std::string& scratch) {
  const std::string folder = scratch + "/" + name;
  Work work{.name = name, .before = {}, .after = {}};
  Script("fixture", {folder}, scratch);
  work.before = Script("listing", {folder}, scratch);
  for (const char* step : {"1", "2", "3"}) Script("step", {step, folder}, scratch);
  work.after = WithoutTimes(Script("listing", {folder}, scratch));
  fs::remove_all(folder);
  fs::remove(folder + ".begun");
  return work;
}

Files Compare(const Work& work, const std::string& listing) {
  if (listing == work.before) return Files::kBefore;
  return WithoutTimes(listing) == work.after ? Files::kAfter : Files::kNeither;
}

std::string Differences(const Work& work, const std::string& listing, Files expected) {
  const bool before = expected == Files::kBefore;
  const auto should = rig::Lines(before ? work.before : work.after);
  const auto is = rig::Lines(before ? listing : WithoutTimes(listing));
  std::string text;
  const auto add = [&text](const char* sign, const auto& lines, const auto& others) {
    for (const std::string& line : lines) {
      if (std::find(others.begin(), others.end(), line) == others.end()) text += sign + line + "\n";
    }
  };
  add("  missing: ", should, is);
  add("  there:   ", is, should);
  return text;
}

void Install(const std::string& root) {
  fs::create_directories(root + kScripts);
  fs::create_directories(root + kGround);
  for (const char* name : {"fixture", "listing", "step"}) {
    fs::copy_file(std::string(CUTS_DEVICE_SCRIPTS "/") + name, root + kScripts + "/" + name,
                  fs::copy_options::overwrite_existing);
    fs::permissions(root + kScripts + "/" + name, fs::perms{0755});
  }
}

void Prepare(const std::string& root, const Work& work, const std::string& scratch) {
  Script("fixture", {root + work.folder()}, scratch);
}

}  // namespace kedge::board
