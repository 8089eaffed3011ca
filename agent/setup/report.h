// What `kedge setup` tells: line by line for people, or one JSON object at the end.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "core/result.h"
#include "setup/trial.h"

namespace kedge::setup {

class Report {
 public:
  Report(bool json, std::function<void(const std::string&)> out) : is_json_(json), out_(std::move(out)) {}

  void Add(const Check& check);
  void Note(const std::string& line);  // for people only
  void Wrote(const std::string& path);
  void Started();
  void Answer(const std::string& text);  // of the service to the first query
  void End(const Result<void>& done);

 private:
  const bool is_json_;
  const std::function<void(const std::string&)> out_;
  nlohmann::json json_ = {
      {"checks", nlohmann::json::array()}, {"written", nlohmann::json::array()}, {"started", false}};
};

}  // namespace kedge::setup
