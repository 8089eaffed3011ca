#include "core/near_word.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace kedge {

size_t WordDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = std::exchange(last, row);
  }
  return last[b.size()];
}

std::string NearestWord(std::string_view word, const std::vector<std::string>& known, size_t limit) {
  constexpr size_t kLongest = 128;  // nothing known is near to anything longer
  if (word.size() > kLongest) return "";
  std::string best;
  for (const std::string& each : known) {
    const size_t distance = WordDistance(word, each);
    if (distance > limit) continue;
    best = each;
    if (distance == 0) break;
    limit = distance - 1;
  }
  return best;
}

size_t LimitOfSlip(std::string_view word) { return std::max<size_t>(1, word.size() / 3); }

}  // namespace kedge
