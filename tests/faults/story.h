// The stories that must hold under every fault. Each is one job of two steps on protected files, and what the
// operator does meanwhile.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace kedge::faults {

struct Story {
  std::string name;
  std::string about;
  std::string second_step;  // the step's program
  bool cancels = false;     // by force, when the second step has done half of its work
  std::string end;          // the service's word for it when nothing goes wrong
};

// success, cancel, failure.
const std::vector<Story>& Stories();
const Story* FindStory(const std::string& name);

// The programs of all steps, into an empty folder. Once, before anything is started from there: a program
// that is open for writing cannot be executed.
void WriteStepPrograms(const std::string& folder);

// `device`: the folder that the job changes; `notes`: where steps leave word of what they did, for the judge.
nlohmann::json Document(const Story& story, const std::string& programs, const std::string& device,
                        const std::string& notes);

// Beneath `notes`.
inline constexpr const char* kHalfDone = "half-done";  // the second step is there, and waits to be cancelled
std::string RunsFile(int step);                        // from 1; a line for each start

// The device before any job, into an empty folder.
void WriteDevice(const std::string& device);
// "": what the success story makes of such a device, and nothing else. Otherwise what is wrong.
std::string EffectsMissing(const std::string& device);

}  // namespace kedge::faults
