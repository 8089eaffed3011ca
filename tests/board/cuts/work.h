// The work that power is cut in: a job of three steps that change files of many kinds, each under the guard
// `files`, and how the files have to be before and after it. The host finds that out by itself, with the
// scripts of device/ in a folder of its own; nothing of Kedge has a part in it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace kedge::board {

// On the device: device/'s scripts, and what they work on.
inline constexpr const char* kScripts = "/usr/local/lib/kedge-cuts";
inline constexpr const char* kGround = "/srv/cuts";

struct Work {
  std::string name;    // of the job too
  std::string before;  // device/listing's words for the files as device/fixture makes them
  std::string after;   // and without times, when all steps have run

  std::string folder() const { return std::string(kGround) + "/" + name; }
  nlohmann::json Document() const;
};

// Makes the files in `scratch`, lists them, runs the steps, lists them again. Root only, for owners are
// changed.
Work NewWork(const std::string& name, const std::string& scratch);

enum class Files { kBefore, kAfter, kNeither };
// What a listing of the device says.
Files Compare(const Work& work, const std::string& listing);
// For people: the lines that differ from what was expected.
std::string Differences(const Work& work, const std::string& listing, Files expected);

// Puts device/'s scripts and the ground into a root folder: a mounted disk.
void Install(const std::string& root);
// Makes the files of `work` in a mounted disk.
void Prepare(const std::string& root, const Work& work, const std::string& scratch);

}  // namespace kedge::board
