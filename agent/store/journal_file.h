// The journal as a file: made, locked, opened, checked. Private to store/.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/result.h"
#include "store/sqlite.h"
#include "sys/files.h"

namespace kedge::store {

inline constexpr int64_t kPageSize = 4096;

std::string FolderOf(const std::string& path);
Result<void> SyncFolder(const std::string& folder);
bool HasLog(const std::string& path);

// Held (flock) as long as it lives. kBusy: another process has it, and its number. On a read-only file system
// without a lock file there is nothing to hold, and nobody who could write: an error of kIo.
Result<sys::Fd> LockJournal(const std::string& path);

// Not where the database is, but what: kInvalid for a symbolic link and for what is not a file. A missing one
// is fine.
Result<void> CheckKind(const std::string& path);

enum class IfMissing { kCreate, kRefuse };
// For the daemon, whose lock it is: made if missing (or kCorrupt), brought up to date, checked.
Result<std::unique_ptr<Connection>> OpenForWriting(const std::string& path, IfMissing if_missing);
// SQLite's own structures, and that the tables are ours: a rule that lost a bit would refuse, or let pass,
// what it should not. kCorrupt.
Result<void> Check(Connection& db);
// For the reader: as OpenHistory says.
Result<std::unique_ptr<Connection>> OpenForReading(const std::string& path);
// The journal as it stands, from a copy in memory: for a file system on which SQLite cannot work. The log's
// whole commits are in it.
Result<std::unique_ptr<Connection>> OpenCopy(const std::string& path);

}  // namespace kedge::store
