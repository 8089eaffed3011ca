#include "board/cuts/recording.h"

#include <nlohmann/json.hpp>

#include "rig/files.h"

namespace kedge::board {

using nlohmann::json;

Recording Load(const std::string& folder) {
  const json read = json::parse(rig::ReadIfThere(folder + "/recording.json"));
  Recording recording{.folder = folder, .arch = read.at("arch"), .jobs = {}};
  for (const json& job : read.at("jobs")) recording.jobs.push_back({job.at("name"), job.at("cancelled")});
  return recording;
}

void Save(const Recording& recording) {
  json jobs = json::array();
  for (const RecordedJob& job : recording.jobs)
    jobs.push_back({{"name", job.name}, {"cancelled", job.cancelled}});
  rig::WriteFile(recording.folder + "/recording.json",
                 json{{"arch", recording.arch}, {"jobs", jobs}}.dump(2));
}

}  // namespace kedge::board
