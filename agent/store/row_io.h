// Stores and fetches the rows of rows.h. Private to store/.
//
// Every row ends in `sum`, a checksum over the table's name and all other columns: SQLite notices damage to
// its own structures, but not a bit that flipped inside a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "store/damage.h"
#include "store/sqlite.h"

namespace kedge::store {

// FNV-1a, 64 bits: each step is a bijection of the state, so no change of a single byte goes unseen.
class Checksum {
 public:
  explicit Checksum(std::string_view table) { Add(table); }
  void Add(int64_t value) {
    for (int shift = 0; shift < 64; shift += 8)
      AddByte(static_cast<uint8_t>(static_cast<uint64_t>(value) >> shift));
  }
  void Add(std::string_view value) {
    Add(static_cast<int64_t>(value.size()));
    for (char c : value) AddByte(static_cast<uint8_t>(c));
  }
  template <class T>
  void Add(const std::optional<T>& value) {
    AddByte(value ? 1 : 0);
    if (value) Add(*value);
  }
  // Every column of a row.
  template <class Row>
  void AddRow(const Row& row) {
    Add(std::string_view(Row::kTable));
    std::apply([&](const auto&... column) { (Add(column), ...); }, Row::Tie(row));
  }
  int64_t value() const { return static_cast<int64_t>(state_); }

 private:
  void AddByte(uint8_t byte) { state_ = (state_ ^ byte) * 0x100000001B3U; }
  uint64_t state_ = 0xCBF29CE484222325U;
};

// Gives `statement` every column of `row` and its checksum, as parameters 1 and up.
template <class Row>
bool RunWith(Statement statement, const Row& row) {
  Checksum sum(Row::kTable);
  int parameter = 0;
  std::apply([&](const auto&... column) { ((statement.Bind(++parameter, column), sum.Add(column)), ...); },
             Row::Tie(row));
  statement.Bind(++parameter, sum.value());
  return statement.Run();
}

// "?2, ?3, ..., ?N": the parameters of RunWith from `first` on.
template <class Row>
std::string Parameters(size_t first) {
  constexpr size_t kLast = std::tuple_size_v<decltype(Row::Tie(std::declval<Row&>()))> + 1;
  std::string list = "?" + std::to_string(first);
  while (first < kLast) list += ", ?" + std::to_string(++first);
  return list;
}

// "INSERT" makes a row; "REPLACE" also takes the place of one with the same key. Never REPLACE an execution:
// that deletes the old row, and its history with it.
template <class Row>
bool Store(Connection& db, const char* verb, const Row& row) {
  const std::string columns = Row::kColumns;
  return RunWith(db.Prepare(std::string(verb) + " INTO " + Row::kTable + " (" + columns + ", sum) VALUES (" +
                            Parameters<Row>(1) + ")"),
                 row);
}

// Rewrites the row with the same key, which is the first column. The key is not named in SET: SQLite would
// look at every row that refers to it.
template <class Row>
bool Update(Connection& db, const Row& row) {
  const std::string columns = Row::kColumns;
  const size_t comma = columns.find(',');
  return RunWith(
      db.Prepare(std::string("UPDATE ") + Row::kTable + " SET (" + columns.substr(comma + 2) + ", sum) = (" +
                 Parameters<Row>(2) + ") WHERE " + columns.substr(0, comma) + " = ?1"),
      row);
}

// The rows that `tail` ("WHERE ... ORDER BY ...") chooses; `arguments` are its parameters. A row that does
// not fit its checksum is told to `damage`, and nothing after it is read.
template <class Row, class... Arguments>
std::vector<Row> Fetch(Connection& db, Damage& damage, const std::string& tail,
                       const Arguments&... arguments) {
  Statement statement =
      db.Prepare("SELECT " + std::string(Row::kColumns) + ", sum FROM " + Row::kTable + " " + tail);
  int parameter = 0;
  (statement.Bind(++parameter, arguments), ...);
  std::vector<Row> rows;
  while (!damage && statement.Next()) {
    Row row;
    Checksum sum(Row::kTable);
    int column = 0;
    int64_t stored = 0;
    std::apply([&](auto&... value) { ((statement.Read(column++, value), sum.Add(value)), ...); },
               Row::Tie(row));
    statement.Read(column, stored);
    if (stored != sum.value()) damage.Note(Row::kTable, "a row does not fit its checksum");
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace kedge::store
