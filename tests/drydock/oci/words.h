// Enumerations and their words on the wire, which clients may write in any case.
#pragma once

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>

namespace kedge::drydock::oci {

inline bool SameWord(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::toupper(static_cast<unsigned char>(x)) == std::toupper(static_cast<unsigned char>(y));
  });
}

// `table` has every value.
template <typename Table, typename Value>
std::string_view WordFor(const Table& table, Value value) {
  return std::find_if(table.begin(), table.end(), [&](const auto& row) { return row.first == value; })
      ->second;
}

template <typename Table>
auto FromWord(const Table& table, std::string_view word) -> std::optional<decltype(table.begin()->first)> {
  for (const auto& [value, text] : table) {
    if (SameWord(text, word)) return value;
  }
  return std::nullopt;
}

}  // namespace kedge::drydock::oci
