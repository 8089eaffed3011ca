#include "handlers/line_diff.h"

#include <set>
#include <sstream>

namespace kedge::testing {

std::string LineDiff(const std::string& before, const std::string& after) {
  const auto lines_of = [](const std::string& text) {
    std::multiset<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.insert(line);
    return lines;
  };
  const auto was = lines_of(before);
  const auto is = lines_of(after);
  std::string text;
  for (const std::string& line : was) {
    if (is.count(line) < was.count(line)) text += "- " + line + "\n";
  }
  for (const std::string& line : is) {
    if (was.count(line) < is.count(line)) text += "+ " + line + "\n";
  }
  return text;
}

}  // namespace kedge::testing
