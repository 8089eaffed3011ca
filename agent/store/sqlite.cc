#include "store/sqlite.h"

#include <sqlite3.h>

#include <cstring>

#include "store/sqlite_stat.h"
#include "sys/files.h"

namespace kedge::store {
namespace {

ErrorKind KindOf(int code) {
  switch (code & 0xFF) {
    case SQLITE_FULL:
    case SQLITE_NOMEM:
      return ErrorKind::kUnavailable;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorKind::kBusy;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return ErrorKind::kDenied;
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
    case SQLITE_MISUSE:
      return ErrorKind::kInvalid;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:  // our statements are right: a table or column of the file is not
      return ErrorKind::kCorrupt;
    default:
      return ErrorKind::kIo;
  }
}

}  // namespace

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);  // its error, if any, was kept when it was stepped
  sqlite3_clear_bindings(statement_);
}

void Statement::Bind(int parameter, int64_t value) {
  if (connection_->failed()) return;
  if (sqlite3_bind_int64(statement_, parameter, value) != SQLITE_OK) connection_->KeepFailure();
}

void Statement::Bind(int parameter, const std::string& value) {
  if (connection_->failed()) return;
  const int bound =
      sqlite3_bind_text64(statement_, parameter, value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (bound != SQLITE_OK) connection_->KeepFailure();
}

bool Statement::Next() {
  if (connection_->failed()) return false;
  const int code = sqlite3_step(statement_);
  if (code != SQLITE_ROW && code != SQLITE_DONE) connection_->KeepFailure();
  return code == SQLITE_ROW;
}

bool Statement::Run() {
  while (Next()) {
  }
  return !connection_->failed();
}

void Statement::Read(int column, int64_t& value) { value = sqlite3_column_int64(statement_, column); }

void Statement::Read(int column, std::string& value) {
  const unsigned char* text = sqlite3_column_text(statement_, column);  // before bytes: it may convert
  const int bytes = sqlite3_column_bytes(statement_, column);
  value.assign(text == nullptr ? "" : reinterpret_cast<const char*>(text), static_cast<size_t>(bytes));
}

bool Statement::IsNull(int column) { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

Result<std::unique_ptr<Connection>> Connection::Open(const std::string& name, const std::string& path,
                                                     int flags) {
  LetSqliteSeeAnyDate();
  std::unique_ptr<Connection> connection(new Connection(path));
  // One thread uses a connection: no mutexes.
  const int code = sqlite3_open_v2(name.c_str(), &connection->db_,
                                   flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  if (code != SQLITE_OK) {
    connection->KeepFailure();
    return Unexpected(connection->TakeFailure("cannot open the journal"));
  }
  sqlite3_db_config(connection->db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(connection->db_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  // In the place of SQLite's automatic checkpoint, which keeps a failed fsync to itself.
  const auto count = [](void* self, sqlite3*, const char*, int pages) {
    static_cast<Connection*>(self)->log_pages_ = pages;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(connection->db_, count, connection.get());
  return connection;
}

Result<std::unique_ptr<Connection>> Connection::OpenBytes(std::string bytes, const std::string& path) {
  auto connection = Open(":memory:", path, SQLITE_OPEN_READWRITE);
  if (!connection) return connection;
  std::string& kept = (*connection)->bytes_ = std::move(bytes);
  if (kept.size() > 20) kept[18] = kept[19] = 1;  // its log is read already: no database with a log any more
  const auto size = static_cast<sqlite3_int64>(kept.size());
  if (sqlite3_deserialize((*connection)->db_, "main", reinterpret_cast<unsigned char*>(kept.data()), size,
                          size, SQLITE_DESERIALIZE_READONLY) != SQLITE_OK) {
    (*connection)->KeepFailure();
    return Unexpected((*connection)->TakeFailure("cannot read the journal"));
  }
  return connection;
}

Connection::~Connection() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(db_);
}

Statement Connection::Prepare(const std::string& sql) {
  sqlite3_stmt*& statement = statements_[sql];
  if (statement == nullptr && !failed()) {
    const int code = sqlite3_prepare_v3(db_, sql.c_str(), static_cast<int>(sql.size()) + 1,
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) KeepFailure();
  }
  return {*this, statement};
}

bool Connection::Execute(const char* sql) {
  if (!failed() && sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) KeepFailure();
  return !failed();
}

int64_t Connection::Number(const std::string& sql) {
  int64_t number = 0;
  Statement statement = Prepare(sql);
  if (statement.Next()) statement.Read(0, number);
  return number;
}

bool Connection::InTransaction() const { return sqlite3_get_autocommit(db_) == 0; }

bool Connection::Checkpoint() {
  const int code = sqlite3_wal_checkpoint_v2(db_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  const int primary = code & 0xFF;
  if (primary != SQLITE_OK && primary != SQLITE_FULL && primary != SQLITE_BUSY && primary != SQLITE_LOCKED)
    KeepFailure();
  return !failed();
}

bool Connection::CheckpointAll() {
  if (sqlite3_wal_checkpoint_v2(db_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr) != SQLITE_OK)
    KeepFailure();
  return !failed();
}

void Connection::LeaveFilesAlone(bool leave) {
  sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, leave ? 1 : 0, nullptr);
}

void Connection::KeepFailure() {
  if (failure_) return;  // the first is the cause
  const int code = db_ == nullptr ? SQLITE_NOMEM : sqlite3_extended_errcode(db_);
  std::string words = db_ == nullptr ? "out of memory" : sqlite3_errmsg(db_);
  words += " (SQLite code " + std::to_string(code);
  const int primary = code & 0xFF;
  const bool from_system = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN || primary == SQLITE_FULL;
  const int system = from_system && db_ != nullptr ? sqlite3_system_errno(db_) : 0;
  if (system != 0) words.append(", ").append(std::strerror(system));
  if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC) words += ", fsync failed";
  const bool missing = primary == SQLITE_CANTOPEN && system != 0;
  failure_ = Error{missing ? sys::ErrnoError("", system).kind : KindOf(code), words + ")"};
}

Error Connection::TakeFailure(const std::string& what) {
  const Error failure = failure_.value_or(Error{ErrorKind::kIo, "unknown error"});
  failure_.reset();
  return failure.Within(what + " " + path_);
}

}  // namespace kedge::store
