#include "bench/figures.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace kedge::bench {
namespace {

using Cells = std::vector<std::string>;

std::string Number(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

std::string Aim(const Row& row) {
  if (row.at_most) return "<= " + Number(*row.at_most, *row.at_most > 0 && *row.at_most < 1 ? 2 : 0);
  if (row.at_least) return ">= " + Number(*row.at_least, 0);
  return "";
}

std::string Verdict(const Row& row, double value) {
  if (!row.at_most && !row.at_least) return "";
  const double missing = row.at_most ? value - *row.at_most : *row.at_least - value;
  return missing <= 0 ? "met" : "missed by " + Number(missing, std::max(row.decimals, 1)) + " " + row.unit;
}

double Highest(const std::vector<double>& values) { return *std::max_element(values.begin(), values.end()); }
double Lowest(const std::vector<double>& values) { return *std::min_element(values.begin(), values.end()); }

// What the aim is for.
double Judged(const std::vector<double>& values, Columns columns) {
  return columns == Columns::kMedian ? Median(values) : Percentile(values, 0.99);
}

// The columns between the figure's name and its aim. `values` empty: not measured.
Cells Values(const Row& row, const std::vector<double>& values, Columns columns) {
  const auto number = [&row](double value) { return Number(value, row.decimals); };
  Cells cells(3);
  if (values.empty()) {
    cells[0] = "-";
  } else if (columns == Columns::kPercentiles) {
    cells = {number(Median(values)), number(Percentile(values, 0.99)), number(Highest(values))};
  } else {
    cells[0] = number(Median(values));
    cells[1] = number(Lowest(values)) + " .. " + number(Highest(values));
  }
  if (columns == Columns::kMedian) cells[2] = row.client ? number(*row.client) : "";
  return cells;
}

Cells Headings(Columns columns) {
  if (columns == Columns::kPercentiles) return {"figure", "p50", "p99", "max", "aim for p99", ""};
  return {"figure", "median", "low .. high", "Device Client", "aim", ""};
}

std::string Padded(const std::string& text, size_t width, bool right) {
  const std::string blanks(width > text.size() ? width - text.size() : 0, ' ');
  return right ? blanks + text : text + blanks;
}

}  // namespace

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double Percentile(std::vector<double> values, double part) {
  std::sort(values.begin(), values.end());
  const auto count = static_cast<double>(values.size());
  const double rank = std::clamp(std::ceil(part * count), 1.0, count);
  return values[static_cast<size_t>(rank) - 1];
}

std::optional<double> Figures::MedianOf(const std::string& key) const {
  const auto found = values_.find(key);
  if (found == values_.end()) return std::nullopt;
  return Median(found->second);
}

bool Figures::IsSound(const std::vector<Row>& rows) const {
  return std::all_of(rows.begin(), rows.end(), [this](const Row& row) {
    const auto found = values_.find(row.key);
    if (!row.must) return true;
    if (found == values_.end()) return false;
    return !(row.at_most && Highest(found->second) > *row.at_most) &&
           !(row.at_least && Lowest(found->second) < *row.at_least);
  });
}

std::string Figures::Table(const std::vector<Row>& rows, Columns columns) const {
  std::vector<Cells> lines = {Headings(columns)};
  for (const Row& row : rows) {
    const auto found = values_.find(row.key);
    const std::vector<double> values = found == values_.end() ? std::vector<double>{} : found->second;
    Cells cells = Values(row, values, columns);
    cells.insert(cells.begin(), row.what + (row.unit.empty() ? "" : ", " + row.unit));
    cells.push_back(Aim(row));
    cells.push_back(values.empty() ? "not measured" : Verdict(row, Judged(values, columns)));
    lines.push_back(cells);
  }
  std::string table;
  for (const Cells& line : lines) {
    std::string text;
    for (size_t i = 0; i < line.size(); ++i) {
      size_t width = 0;
      for (const Cells& other : lines) width = std::max(width, other[i].size());
      text += (i == 0 ? "" : "  ") + Padded(line[i], width, i > 0 && i < 5);
    }
    table += text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
  }
  return table;
}

nlohmann::json Figures::Json(const std::vector<Row>& rows, Columns columns) const {
  auto list = nlohmann::json::array();
  for (const Row& row : rows) {
    nlohmann::json figure = {{"key", row.key}, {"what", row.what}, {"unit", row.unit}};
    if (row.at_most) figure["atMost"] = *row.at_most;
    if (row.at_least) figure["atLeast"] = *row.at_least;
    if (row.client) figure["deviceClient"] = *row.client;
    if (const auto found = values_.find(row.key); found != values_.end()) {
      const auto& values = found->second;
      figure["median"] = Median(values);
      if (columns == Columns::kPercentiles) figure["p99"] = Percentile(values, 0.99);
      figure[columns == Columns::kPercentiles ? "cases" : "runs"] = values;
      figure["verdict"] = Verdict(row, Judged(values, columns));
    }
    list.push_back(figure);
  }
  return list;
}

}  // namespace kedge::bench
