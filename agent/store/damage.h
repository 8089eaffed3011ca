// What is wrong with stored data: the first thing found. Private to store/.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace kedge::store {

class Damage {
 public:
  explicit operator bool() const { return !words_.empty(); }
  const std::string& words() const { return words_; }

  void Note(std::string_view where, std::string_view what) {
    if (words_.empty()) words_.append(where).append(": ").append(what);
  }
  // `value` if it lies in [least, most]; otherwise damage, and `least`.
  int64_t Within(std::string_view where, int64_t value, int64_t least,
                 int64_t most = std::numeric_limits<int64_t>::max()) {
    if (value >= least && value <= most) return value;
    Note(where, std::to_string(value) + " cannot be");
    return least;
  }

 private:
  std::string words_;
};

}  // namespace kedge::store
