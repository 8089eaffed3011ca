// What a bench measured, run by run or case by case, and how it is shown: a row a figure, with its aim and
// what AWS's Device Client has.
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
  bool must = false;                    // not speed but correctness: missing this aim is a failure
};

// How the values of a figure become its columns, and which column the aim is for.
enum class Columns {
  kMedian,       // of a few runs: median, lowest, highest; the median
  kPercentiles,  // of many cases: p50, p99, the largest; p99
};

class Figures {
 public:
  void Add(const std::string& key, double value) { values_[key].push_back(value); }
  // Nothing, when it could not be measured in any run.
  std::optional<double> MedianOf(const std::string& key) const;

  // Every figure that must meet its aim was measured and meets it with every value.
  bool IsSound(const std::vector<Row>& rows) const;

  std::string Table(const std::vector<Row>& rows, Columns columns) const;
  nlohmann::json Json(const std::vector<Row>& rows, Columns columns) const;

 private:
  std::map<std::string, std::vector<double>> values_;
};

double Median(std::vector<double> values);  // of at least one
// The smallest value that at least `part` (in 0 to 1) of the values do not exceed; of at least one.
double Percentile(std::vector<double> values, double part);

}  // namespace kedge::bench
