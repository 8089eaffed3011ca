// `kedge doctor`'s look at the journal.
#include <sys/stat.h>
#include <unistd.h>

#include <exception>

#include "store/journal.h"
#include "store/journal_file.h"
#include "store/load.h"

namespace kedge::store {
namespace {

int64_t SizeOf(const std::string& path) {
  struct stat found {};
  return stat(path.c_str(), &found) == 0 ? static_cast<int64_t>(found.st_size) : 0;
}

// Somebody has it open, or was killed while he had: then SQLite has to read it, with its locks. Otherwise
// from a copy in memory, for SQLite would make the log's files beside it.
Result<std::unique_ptr<Connection>> Open(const std::string& path) {
  if (access((path + "-shm").c_str(), F_OK) == 0) {
    auto db = OpenForReading(path);
    if (!db) return db;
    if (auto checked = Check(**db); !checked) return Unexpected(checked.error());
    return db;
  }
  return OpenCopy(path);
}

Result<JournalFacts> Look(const std::string& path) {
  if (auto kind = CheckKind(path); !kind) return Unexpected(kind.error());
  auto db = Open(path);
  if (!db) return Unexpected(db.error());
  auto state = LoadState(**db);
  if (!state) return Unexpected(state.error());
  JournalFacts facts;
  facts.state = std::move(*state);
  facts.schema = (*db)->Number("PRAGMA user_version");
  facts.executions = (*db)->Number("SELECT count(*) FROM execution");
  facts.newest_wall = (*db)->Number("SELECT max(wall) FROM history");
  if ((*db)->failed()) return Unexpected((*db)->TakeFailure("cannot read the journal"));
  facts.bytes = SizeOf(path) + SizeOf(path + "-wal");
  return facts;
}

}  // namespace

Result<JournalFacts> InspectJournal(const std::string& path) {
  try {
    return Look(path);
  } catch (const std::exception& e) {
    return Unexpected{ErrorKind::kUnavailable, "cannot read the journal " + path + ": " + e.what()};
  }
}

}  // namespace kedge::store
