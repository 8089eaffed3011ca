// SQLite behind a small C++ face. Private to store/.
//
// The first thing that goes wrong on a connection is kept (failed()) and every statement after it does
// nothing, so that a sequence of them is written without a check on each line and judged once, at its end.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace kedge::store {

class Connection;

// A prepared statement in use. Parameters count from 1, columns from 0.
class Statement {
 public:
  Statement(Connection& connection, sqlite3_stmt* statement)
      : connection_(&connection), statement_(statement) {}
  Statement(Statement&& other) noexcept
      : connection_(other.connection_), statement_(std::exchange(other.statement_, nullptr)) {}
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  void Bind(int parameter, int64_t value);
  void Bind(int parameter, const std::string& value);  // `value` outlives the statement's use
  template <class T>
  void Bind(int parameter, const std::optional<T>& value) {
    if (value) Bind(parameter, *value);  // absent: NULL, as every parameter is at first
  }

  bool Next();  // true: a row is there. False: no more rows, or failed()
  bool Run();   // for statements without rows; false: failed()

  void Read(int column, int64_t& value);
  void Read(int column, std::string& value);
  template <class T>
  void Read(int column, std::optional<T>& value) {
    value.reset();
    if (!IsNull(column)) Read(column, value.emplace());
  }

 private:
  bool IsNull(int column);

  Connection* connection_;
  sqlite3_stmt* statement_;
};

class Connection {
 public:
  // `name`: a path, or a file: URI; `path` is what messages call it. `flags`: SQLITE_OPEN_*.
  static Result<std::unique_ptr<Connection>> Open(const std::string& name, const std::string& path,
                                                  int flags);
  // A database in memory, read-only: the content of a file that `path` names.
  static Result<std::unique_ptr<Connection>> OpenBytes(std::string bytes, const std::string& path);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Statements are compiled once and kept. One text is in use once at a time.
  Statement Prepare(const std::string& sql);
  // Any number of statements, without parameters and rows.
  bool Execute(const char* sql);
  // The single number that `sql` gives; 0 when there is none.
  int64_t Number(const std::string& sql);

  const std::string& path() const { return path_; }
  bool failed() const { return failure_.has_value(); }
  // "<what> <path>: <SQLite's words>", with the kind that fits; forgets the failure.
  Error TakeFailure(const std::string& what);
  bool InTransaction() const;

  // Pages in the log after the last commit of this connection; 0 before the first.
  int log_pages() const { return log_pages_; }
  // Copies the log into the database, as far as no reader is in the way, so that the log is then written
  // over. False: failed(); a full disk, a reader and another writer are no failure, for the log stands.
  bool Checkpoint();
  // Likewise, all of it, and empties the log. False also when somebody is in the way.
  bool CheckpointAll();
  // True: the files are not touched again when this connection ends. At first false: the log goes into the
  // database, and away.
  void LeaveFilesAlone(bool leave);

 private:
  friend class Statement;
  explicit Connection(std::string path) : path_(std::move(path)) {}
  void KeepFailure();

  std::string path_;
  std::string bytes_;  // of OpenBytes
  sqlite3* db_ = nullptr;
  std::unordered_map<std::string, sqlite3_stmt*> statements_;
  std::optional<Error> failure_;  // message: SQLite's words only
  int log_pages_ = 0;
};

}  // namespace kedge::store
