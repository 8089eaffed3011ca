#include "store/journal_file.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdio>

#include "store/load.h"
#include "store/row_io.h"
#include "store/rows.h"
#include "store/schema.h"

namespace kedge::store {
namespace {

// kMigrations[n - 1] takes a journal from schema n to n + 1, in one transaction with the new user_version.
// There is only one schema so far.
constexpr std::array<const char*, kSchemaVersion - 1> kMigrations{};

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Unexpected Failed(const std::string& what) { return Unexpected(sys::ErrnoError(what, errno)); }

Result<void> SyncFolder(const std::string& folder) {
  const sys::Fd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || fsync(fd.get()) != 0)
    return Failed("cannot make the folder of the journal durable: fsync " + folder);
  return {};
}

// A lock file of its own: SQLite's locks are the process's, and closing any descriptor of the database drops
// them.
Result<sys::Fd> Lock(const std::string& path) {
  const std::string name = path + ".lock";
  sys::Fd lock(open(name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock) return Failed("cannot lock the journal " + path + ": open " + name);
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return Failed("cannot lock the journal " + path + ": flock " + name);
    char holder[32] = {};
    if (pread(lock.get(), holder, sizeof holder - 1, 0) <= 0) holder[0] = '?';
    return Unexpected{ErrorKind::kBusy, "the journal " + path + " is in use by another kedged (process " +
                                            holder + "); only one may run on a journal"};
  }
  const std::string self =
      std::to_string(getpid());  // for the sentence above; who may write is decided by flock
  if (ftruncate(lock.get(), 0) != 0 || pwrite(lock.get(), self.data(), self.size(), 0) < 0) {
    return Failed("cannot lock the journal " + path + ": write " + name);
  }
  return lock;
}

// Makes the file if it is missing, with its mode; opens nothing else.
Result<void> MakeFile(const std::string& path) {
  const sys::Fd file(open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file && errno == ELOOP) {
    return Unexpected{ErrorKind::kInvalid,
                      "the journal " + path + " is a symbolic link; name the file itself"};
  }
  if (!file) return Failed("cannot open the journal " + path);
  struct stat found {};
  if (fstat(file.get(), &found) != 0) return Failed("cannot open the journal " + path);
  if (!S_ISREG(found.st_mode))
    return Unexpected{ErrorKind::kInvalid, "the journal " + path + " is not a file"};
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
  if (!db.Execute(create.c_str()) || !Store(db, "INSERT", MetaRow{}) || !db.Execute("COMMIT")) {
    return Unexpected(db.TakeFailure("cannot create the journal"));
  }
  return {};
}

Result<void> Migrate(Connection& db) {
  for (int64_t version = db.Number("PRAGMA user_version"); version < kSchemaVersion; ++version) {
    if (!db.Execute(kMigrations[static_cast<size_t>(version - 1)])) break;
  }
  if (db.failed()) return Unexpected(db.TakeFailure("cannot bring the schema up to date in the journal"));
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

// SQLite's own structures, and that the tables are ours: a rule that lost a bit would refuse, or let pass,
// what it should not.
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

// What is set for each connection. Measured figures: JOURNAL.md.
constexpr char kWriterSettings[] =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"            // fsync at each commit, not only at checkpoints
    "PRAGMA wal_autocheckpoint = 512;"      // pages: a 2 MiB log, a checkpoint about every hundred commits
    "PRAGMA journal_size_limit = 4194304;"  // above the former: the log keeps its size and is written over
    "PRAGMA secure_delete = ON;"            // a presigned URL must not outlive its job in a free page
    "PRAGMA foreign_keys = ON;";
constexpr char kSettings[] =
    "PRAGMA cache_size = -128;"  // KiB
    "PRAGMA mmap_size = 0;"      // a read error must be an error, not a SIGBUS
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA cell_size_check = ON;"
    "PRAGMA busy_timeout = 1000;";  // a reader that repairs the log's index holds it for milliseconds

Result<std::unique_ptr<Connection>> TryRead(const std::string& path, const std::string& uri) {
  auto db = Connection::Open(uri, path, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
  if (!db) return db;
  if (!(*db)->Execute(kSettings)) return Unexpected((*db)->TakeFailure("cannot read the journal"));
  const Result<bool> is_new = Recognise(**db);
  if (!is_new) return Unexpected(is_new.error());
  if (*is_new)
    return Unexpected{ErrorKind::kNotFound,
                      "the journal " + path + " is empty: kedged has not run on it yet"};
  return db;
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

bool HasLog(const std::string& path) {
  struct stat log {};
  return stat((path + "-wal").c_str(), &log) == 0 && log.st_size > 0;
}

}  // namespace

Result<JournalFile> OpenForWriting(const std::string& path) {
  const std::string folder = FolderOf(path);
  if (auto made = sys::MakeDirs(folder, 0700); !made) {
    return Unexpected(made.error().Within("cannot make the folder of the journal " + path));
  }
  auto lock = Lock(path);
  if (!lock) return Unexpected(lock.error());
  if (auto made = MakeFile(path); !made) return Unexpected(made.error());
  auto opened = Connection::Open(path, path, SQLITE_OPEN_READWRITE);
  if (!opened) return Unexpected(opened.error());
  Connection& db = **opened;
  if (!db.Execute(kSettings)) return Unexpected(db.TakeFailure("cannot open the journal"));
  const Result<bool> is_new = Recognise(db);
  if (!is_new) return Unexpected(is_new.error());
  const std::string page_size =
      "PRAGMA page_size = " + std::to_string(kPageSize);  // without effect on an old one
  if (!db.Execute(page_size.c_str()) || !db.Execute(kWriterSettings)) {
    return Unexpected(db.TakeFailure("cannot open the journal"));
  }
  if (*is_new) {
    if (auto created = Create(db); !created) return Unexpected(created.error());
    // The file, and the folder that may be new, must be found again after a power cut.
    for (const std::string& name : {folder, FolderOf(folder)}) {
      if (auto synced = SyncFolder(name); !synced) return Unexpected(synced.error());
    }
  } else if (auto migrated = Migrate(db); !migrated) {
    return Unexpected(migrated.error());
  }
  if (auto checked = Check(db); !checked) return Unexpected(checked.error());
  return JournalFile{std::move(*lock), std::move(*opened)};
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

}  // namespace kedge::store
