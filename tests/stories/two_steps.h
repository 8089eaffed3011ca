// Stories of job a, whose second step is the interesting one.
#pragma once

#include <doctest/doctest.h>

#include <utility>

#include "fakes/world.h"

namespace kedge::fakes {

inline SimJob With(SimStep second) { return {"a", {SimStep{}, second}}; }

inline World Started(SimJob job) {
  World world({std::move(job)});
  world.Boot();
  world.QueueJobs();
  return world;
}

inline void CheckUndone(const World& world) {
  for (const auto& [file, content] : world.files) CHECK_MESSAGE(content == "original", file);
  CHECK(world.Broken() == std::vector<std::string>{});
}

}  // namespace kedge::fakes
