#include "store.h"

#include <sqlite3.h>

#include "payloads.h"

namespace kedge::drydock {

using nlohmann::json;

namespace {

constexpr int kVersion = 1;  // of the tables, in user_version
constexpr const char* kTables = R"(
CREATE TABLE record (
  kind  TEXT NOT NULL,
  id    TEXT NOT NULL,
  body  TEXT NOT NULL,  -- JSON
  bytes BLOB NOT NULL,
  PRIMARY KEY (kind, id)
) WITHOUT ROWID;
PRAGMA user_version = 1;
)";

using Statement = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

void BindText(const Statement& statement, int at, const std::string& text) {
  sqlite3_bind_text64(statement.get(), at, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

std::string TextAt(const Statement& statement, int column) {
  const void* bytes = sqlite3_column_blob(statement.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement.get(), column));
  return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), size);
}

}  // namespace

struct Store::Database {
  explicit Database(std::string file) : path(std::move(file)) {}
  ~Database() {
    put.reset();
    erase.reset();
    sqlite3_close(handle);
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Unexpected Problem(const std::string& what) const {
    const bool busy = sqlite3_errcode(handle) == SQLITE_BUSY;
    return {busy ? ErrorKind::kBusy : ErrorKind::kIo,
            what + " the store " + path + ": " +
                (busy ? "another drydock uses it; stop that one, or give this one a file of its own"
                      : sqlite3_errmsg(handle))};
  }
  bool Run(const char* sql) const {
    return sqlite3_exec(handle, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
  }
  Statement Prepare(const char* sql) const {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(handle, sql, -1, &statement, nullptr);
    return {statement, sqlite3_finalize};
  }
  int Version() const {
    const Statement statement = Prepare("PRAGMA user_version");
    return sqlite3_step(statement.get()) == SQLITE_ROW ? sqlite3_column_int(statement.get(), 0) : -1;
  }
  bool IsEmpty() const {
    const Statement statement = Prepare("SELECT count(*) FROM sqlite_master");
    return sqlite3_step(statement.get()) == SQLITE_ROW && sqlite3_column_int(statement.get(), 0) == 0;
  }
  bool Write(const Record& record) const {
    const Statement& statement = record.body ? put : erase;
    const std::string body = record.body ? Dump(*record.body) : "";
    BindText(statement, 1, record.kind);
    BindText(statement, 2, record.id);
    if (record.body) {
      BindText(statement, 3, body);
      sqlite3_bind_blob64(statement.get(), 4, record.bytes.data(), record.bytes.size(), SQLITE_STATIC);
    }
    const bool done = sqlite3_step(statement.get()) == SQLITE_DONE;
    sqlite3_reset(statement.get());
    sqlite3_clear_bindings(statement.get());
    return done;
  }

  const std::string path;
  sqlite3* handle = nullptr;
  Statement put{nullptr, sqlite3_finalize};
  Statement erase{nullptr, sqlite3_finalize};
};

Store::Store(std::unique_ptr<Database> database) : database_(std::move(database)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::Open(const std::string& path) {
  auto database = std::make_unique<Database>(path);
  if (sqlite3_open(path.c_str(), &database->handle) != SQLITE_OK) return database->Problem("cannot open");
  if (sqlite3_db_readonly(database->handle, "main") == 1) {
    return Unexpected(ErrorKind::kIo, "cannot open the store " + path + ": it may only be read here");
  }
  // Exclusive: two services on one store would each believe in their own half of it.
  const bool ours = database->Run(
      "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
      "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE; COMMIT;");
  if (!ours) return database->Problem("cannot open");
  const int version = database->Version();
  if (version > kVersion) {
    return Unexpected(ErrorKind::kInvalid,
                      "the store " + path + " was written by a newer drydock; use that one, or another file");
  }
  if (version == 0 && !database->IsEmpty()) {
    return Unexpected(ErrorKind::kInvalid,
                      path + " is somebody else's database; give the store a file of its own");
  }
  if (version == 0 && !database->Run(kTables)) return database->Problem("cannot make the tables of");
  database->put =
      database->Prepare("INSERT OR REPLACE INTO record (kind, id, body, bytes) VALUES (?, ?, ?, ?)");
  database->erase = database->Prepare("DELETE FROM record WHERE kind = ? AND id = ?");
  if (!database->put || !database->erase) return database->Problem("cannot use");
  return Store(std::move(database));
}

Result<Records> Store::Load() const {
  const Statement statement =
      database_->Prepare("SELECT kind, id, body, bytes FROM record ORDER BY kind, id");
  Records records;
  int step = sqlite3_step(statement.get());
  for (; step == SQLITE_ROW; step = sqlite3_step(statement.get())) {
    json body = json::parse(TextAt(statement, 2), nullptr, false);
    if (body.is_discarded()) {
      return Unexpected(ErrorKind::kInvalid, "the store " + database_->path + " is damaged at the record " +
                                                 TextAt(statement, 0) + " " + TextAt(statement, 1) +
                                                 "; move it away and start with a new one");
    }
    records.push_back({TextAt(statement, 0), TextAt(statement, 1), std::move(body), TextAt(statement, 3)});
  }
  if (step != SQLITE_DONE) return database_->Problem("cannot read");
  return records;
}

Result<void> Store::Commit(const Records& changes) {
  if (changes.empty() || database_->path == ":memory:") return {};
  bool good = database_->Run("BEGIN");
  for (const Record& record : changes) good = good && database_->Write(record);
  good = good && database_->Run("COMMIT");
  if (good) return {};
  const Unexpected problem = database_->Problem("cannot write");
  database_->Run("ROLLBACK");
  return problem;
}

}  // namespace kedge::drydock
