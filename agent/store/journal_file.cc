#include "store/journal_file.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <thread>

#include "store/digest.h"
#include "store/load.h"
#include "store/log_scan.h"
#include "store/migrate.h"
#include "store/row_io.h"
#include "store/rows.h"
#include "store/schema.h"

namespace kedge::store {
namespace {

Unexpected Failed(const std::string& what) { return Unexpected(sys::ErrnoError(what, errno)); }

// A kedged that was killed may leave a child between clone and exec, which holds the lock for a moment more.
// Nothing runs yet, so waiting here is no harm.
bool Lock(int fd) {
  constexpr auto kPatience = std::chrono::milliseconds(2000);
  constexpr auto kPause = std::chrono::milliseconds(10);
  for (auto waited = std::chrono::milliseconds(0);; waited += kPause) {
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
    if ((errno != EWOULDBLOCK && errno != EINTR) || waited >= kPatience) return false;
    std::this_thread::sleep_for(kPause);
  }
}

// Makes the file if it is missing, with its mode; opens nothing else.
Result<void> MakeFile(const std::string& path) {
  const sys::Fd file(open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return Failed("cannot open the journal " + path);
  return {};
}

// Whose file it is, before anything is written to it. True: it is new.
Result<bool> Recognise(Connection& db) {
  const bool empty = db.Number("SELECT count(*) FROM sqlite_schema") == 0;
  const int64_t application = db.Number("PRAGMA application_id");
  const int64_t version = db.Number("PRAGMA user_version");
  if (db.failed()) return Unexpected(db.TakeFailure("cannot read the journal"));
  if (empty && application == 0 && version == 0) return true;
  if (application != kApplicationId) {
    return Unexpected{ErrorKind::kInvalid,
                      db.path() +
                          " is not a journal of Kedge: another program's SQLite file, or "
                          "its first page is damaged"};
  }
  if (version > kSchemaVersion) {
    return Unexpected{ErrorKind::kInvalid,
                      "the journal " + db.path() + " was written by a newer Kedge (schema " +
                          std::to_string(version) + ", this one knows " + std::to_string(kSchemaVersion) +
                          "); install that version again"};
  }
  if (version < 1) return Unbelievable(db.path(), "schema " + std::to_string(version) + " never was");
  return false;
}

Result<void> Create(Connection& db) {
  const std::string create = "BEGIN IMMEDIATE;" + std::string(kSchemaSql) + ";";
  MetaRow meta;
  meta.digest = DigestOf({});
  if (!db.Execute(create.c_str()) || !Store(db, "INSERT", meta) || !db.Execute("COMMIT")) {
    return Unexpected(db.TakeFailure("cannot create the journal"));
  }
  return {};
}

// SQL with its comments and quotes taken out and white space made one blank: what SQLite makes of it.
std::string Essence(const std::string& sql) {
  std::string essence;
  for (size_t at = 0; at < sql.size(); ++at) {
    if (sql.compare(at, 2, "--") == 0) at = std::min(sql.find('\n', at), sql.size() - 1);
    const char c = sql[at];
    if (c == '"') continue;  // SQLite quotes a name when a migration renames a table
    if (std::isspace(static_cast<unsigned char>(c)) == 0)
      essence += c;
    else if (!essence.empty() && essence.back() != ' ')
      essence += ' ';
  }
  return essence;
}

// What is set for each connection. Measured figures: JOURNAL.md.
constexpr char kWriterSettings[] =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"            // fsync at each commit, not only at checkpoints
    "PRAGMA journal_size_limit = 4194304;"  // far above a checkpoint's: the log keeps its size, is written
                                            // over
    "PRAGMA secure_delete = ON;"            // a presigned URL must not outlive its job in a free page
    "PRAGMA foreign_keys = ON;";
constexpr char kSettings[] =
    "PRAGMA busy_timeout = 1000;"  // first: a reader that repairs the log's index holds it for milliseconds
    "PRAGMA cache_size = -128;"    // KiB
    "PRAGMA mmap_size = 0;"        // a read error must be an error, not a SIGBUS
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA cell_size_check = ON;";

// The connection, if a reader of this version can use it.
Result<std::unique_ptr<Connection>> Accept(Result<std::unique_ptr<Connection>> db) {
  if (!db) return db;
  const std::string& path = (*db)->path();
  if (!(*db)->Execute(kSettings)) return Unexpected((*db)->TakeFailure("cannot read the journal"));
  const Result<bool> is_new = Recognise(**db);
  if (!is_new) return Unexpected(is_new.error());
  if (*is_new)
    return Unexpected{ErrorKind::kNotFound,
                      "the journal " + path + " is empty: kedged has not run on it yet"};
  if (const int64_t version = (*db)->Number("PRAGMA user_version"); version < kSchemaVersion) {
    return Unexpected{ErrorKind::kInvalid, "the journal " + path + " was written by an older Kedge (schema " +
                                               std::to_string(version) +
                                               "); kedged brings it up to date when it starts"};
  }
  return db;
}

Result<std::unique_ptr<Connection>> TryRead(const std::string& path, const std::string& uri) {
  return Accept(Connection::Open(uri, path, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI));
}

// `path` as a file: URI.
std::string UriOf(const std::string& path, const char* query) {
  std::string uri = "file:";
  for (char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      char escaped[4];
      std::snprintf(escaped, sizeof escaped, "%%%02X", static_cast<unsigned>(c));
      uri += escaped;
    } else {
      uri += c;
    }
  }
  return uri + query;
}

constexpr size_t kLargestCopy = 256 << 20;

Result<void> CheckLog(const std::string& path) {
  const Result<LogScan> log = ScanLog(path + "-wal");
  if (!log) return Unexpected(log.error().Within("cannot read the journal " + path));
  if (!log->damage.empty()) return Unbelievable(path, log->damage);
  return {};
}

// Puts the log's pages over those of `database`.
Result<void> Overlay(std::string& database, const std::string& log_path) {
  const Result<LogScan> log = ScanLog(log_path);
  if (!log) return Unexpected(log.error());
  if (!log->damage.empty()) return Unexpected{ErrorKind::kCorrupt, log->damage};
  if (log->frames.empty()) return {};
  const sys::Fd file(open(log_path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  constexpr auto kPage = static_cast<size_t>(kPageSize);
  database.resize(log->database_pages * kPage);
  for (const LogFrame& frame : log->frames) {
    if (frame.page > log->database_pages) continue;  // the database became smaller afterwards
    if (pread(file.get(), database.data() + (frame.page - 1) * kPage, kPage, frame.offset) != kPageSize)
      return Failed("read " + log_path);
  }
  return {};
}

}  // namespace

Result<void> Check(Connection& db) {
  std::string words;
  {
    Statement check = db.Prepare("PRAGMA quick_check(1)");
    if (check.Next()) check.Read(0, words);
    if (!db.failed() && words != "ok") return Unbelievable(db.path(), words);
  }
  const std::string schema = Essence(kSchemaSql);
  Statement tables = db.Prepare(
      "SELECT sql FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite~_%' ESCAPE "
      "'~'");
  while (tables.Next()) {
    tables.Read(0, words);
    if (schema.find(Essence(words) + ";") == std::string::npos) {
      return Unbelievable(db.path(), "a table is not as schema.sql makes it");
    }
  }
  if (db.failed()) return Unexpected(db.TakeFailure("cannot check the journal"));
  return {};
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> SyncFolder(const std::string& folder) {
  const auto synced = sys::SyncFolder(folder);
  if (synced) return {};
  return Unexpected(synced.error().Within("cannot make the folder of the journal durable"));
}

bool HasLog(const std::string& path) {
  struct stat log {};
  return stat((path + "-wal").c_str(), &log) == 0 && log.st_size > 0;
}

// A file of its own: SQLite's locks are the process's, and closing any descriptor of the database drops them.
Result<sys::Fd> LockJournal(const std::string& path) {
  const std::string name = path + ".lock";
  sys::Fd lock(open(name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock && errno == EROFS) lock.reset(open(name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!lock) return Failed("cannot lock the journal " + path + ": open " + name);
  if (!Lock(lock.get())) {
    if (errno != EWOULDBLOCK) return Failed("cannot lock the journal " + path + ": flock " + name);
    char holder[32] = {};
    if (pread(lock.get(), holder, sizeof holder - 1, 0) <= 0) holder[0] = '?';
    return Unexpected{ErrorKind::kBusy, "the journal " + path + " is in use by another kedged (process " +
                                            holder + "); only one may run on a journal"};
  }
  // For the sentence above; who may write is decided by flock. Not on a full disk, then.
  const std::string self = std::to_string(getpid());
  if (pwrite(lock.get(), self.data(), self.size(), 0) < 0 ||
      ftruncate(lock.get(), static_cast<off_t>(self.size())) != 0) {
    return lock;
  }
  return lock;
}

Result<void> CheckKind(const std::string& path) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0)
    return errno == ENOENT ? Result<void>() : Result<void>(Failed("cannot open the journal " + path));
  if (S_ISLNK(found.st_mode)) {
    return Unexpected{ErrorKind::kInvalid,
                      "the journal " + path + " is a symbolic link; name the file itself"};
  }
  if (!S_ISREG(found.st_mode))
    return Unexpected{ErrorKind::kInvalid, "the journal " + path + " is not a file"};
  return {};
}

Result<std::unique_ptr<Connection>> OpenForWriting(const std::string& path, IfMissing if_missing) {
  if (auto kind = CheckKind(path); !kind) return Unexpected(kind.error());
  if (auto made = MakeFile(path); !made) return Unexpected(made.error());
  if (auto log = CheckLog(path); !log) return Unexpected(log.error());
  auto opened = Connection::Open(path, path, SQLITE_OPEN_READWRITE);
  if (!opened) return opened;
  Connection& db = **opened;
  db.LeaveFilesAlone(true);  // evidence, until it is believed
  if (!db.Execute(kSettings)) return Unexpected(db.TakeFailure("cannot open the journal"));
  const Result<bool> is_new = Recognise(db);
  if (!is_new) return Unexpected(is_new.error());
  if (*is_new && if_missing == IfMissing::kRefuse) return Unbelievable(path, "its tables are gone");
  const std::string page_size =
      "PRAGMA page_size = " + std::to_string(kPageSize);  // without effect on an old one
  if (!db.Execute(page_size.c_str()) || !db.Execute(kWriterSettings)) {
    return Unexpected(db.TakeFailure("cannot open the journal"));
  }
  Result<void> ready = *is_new ? Create(db) : Migrate(db);
  if (ready) {
    // The file, and the folder that may be new, must be found again after a power cut. Also when it is not
    // new: the life that made it may have ended, or been refused, before this.
    const std::string folder = FolderOf(path);
    for (const std::string& name : {folder, FolderOf(folder)}) {
      if (ready) ready = SyncFolder(name);
    }
  }
  if (ready) ready = Check(db);
  if (!ready) return Unexpected(ready.error());
  db.LeaveFilesAlone(false);
  return opened;
}

Result<std::unique_ptr<Connection>> OpenForReading(const std::string& path) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0 || access(path.c_str(), R_OK) != 0) {
    const Error error = sys::ErrnoError("cannot read the journal " + path, errno);
    if (error.kind == ErrorKind::kDenied)
      return Unexpected{error.kind, error.message + "; it is read as root"};
    return Unexpected(error);
  }
  auto db = TryRead(path, UriOf(path, ""));
  if (db || db.error().kind == ErrorKind::kCorrupt || HasLog(path)) return db;
  // SQLite wants to make the log's files beside the journal, and cannot here (a read-only file system).
  // Without a log the file is whole, and nobody changes it: read it as it stands.
  auto as_it_stands = TryRead(path, UriOf(path, "?immutable=1"));
  return as_it_stands ? std::move(as_it_stands) : std::move(db);
}

Result<std::unique_ptr<Connection>> OpenCopy(const std::string& path) {
  Result<std::string> content = sys::ReadFile(path, kLargestCopy);
  if (!content) return Unexpected(content.error().Within("cannot read the journal"));
  if (auto laid = Overlay(*content, path + "-wal"); !laid)
    return Unexpected(laid.error().Within("cannot read the journal " + path));
  auto db = Accept(Connection::OpenBytes(std::move(*content), path));
  if (!db) return db;
  if (auto checked = Check(**db); !checked) return Unexpected(checked.error());
  return db;
}

}  // namespace kedge::store
