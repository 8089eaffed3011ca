#include "bench/figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace kedge::bench {
namespace {

using Cells = std::array<std::string, 6>;

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

std::string Verdict(const Row& row, double median) {
  if (!row.at_most && !row.at_least) return "";
  const double missing = row.at_most ? median - *row.at_most : *row.at_least - median;
  return missing <= 0 ? "met" : "missed by " + Number(missing, std::max(row.decimals, 1)) + " " + row.unit;
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

std::optional<double> Figures::MedianOf(const std::string& key) const {
  const auto found = values_.find(key);
  if (found == values_.end()) return std::nullopt;
  return Median(found->second);
}

std::string Figures::Table(const std::vector<Row>& rows) const {
  std::vector<Cells> lines = {{"figure", "median", "low .. high", "Device Client", "aim", ""}};
  for (const Row& row : rows) {
    Cells cells{row.what + (row.unit.empty() ? "" : ", " + row.unit), "-",      "",
                row.client ? Number(*row.client, row.decimals) : "",  Aim(row), "not measured"};
    if (const auto median = MedianOf(row.key)) {
      const auto& all = values_.at(row.key);
      const auto [low, high] = std::minmax_element(all.begin(), all.end());
      cells[1] = Number(*median, row.decimals);
      cells[2] = Number(*low, row.decimals) + " .. " + Number(*high, row.decimals);
      cells[5] = Verdict(row, *median);
    }
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

nlohmann::json Figures::Json(const std::vector<Row>& rows) const {
  auto list = nlohmann::json::array();
  for (const Row& row : rows) {
    nlohmann::json figure = {{"key", row.key}, {"what", row.what}, {"unit", row.unit}};
    if (row.at_most) figure["atMost"] = *row.at_most;
    if (row.at_least) figure["atLeast"] = *row.at_least;
    if (row.client) figure["deviceClient"] = *row.client;
    if (const auto median = MedianOf(row.key)) {
      figure["median"] = *median;
      figure["runs"] = values_.at(row.key);
      figure["verdict"] = Verdict(row, *median);
    }
    list.push_back(figure);
  }
  return list;
}

}  // namespace kedge::bench
