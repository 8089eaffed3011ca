// What a bench measured, run by run, and how it is shown: a row a figure, with its aim and what AWS's Device
// Client has.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace kedge::bench {

struct Row {
  std::string key;
  std::string what;
  std::string unit;
  int decimals = 1;
  std::optional<double> at_most = {};   // the aim
  std::optional<double> at_least = {};  // likewise, of what should be large
  std::optional<double> client = {};    // AWS's Device Client: README.md
};

class Figures {
 public:
  void Add(const std::string& key, double value) { values_[key].push_back(value); }
  // Nothing, when it could not be measured in any run.
  std::optional<double> MedianOf(const std::string& key) const;

  std::string Table(const std::vector<Row>& rows) const;
  nlohmann::json Json(const std::vector<Row>& rows) const;

 private:
  std::map<std::string, std::vector<double>> values_;
};

double Median(std::vector<double> values);  // of at least one

}  // namespace kedge::bench
