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

struct JournalFile {
  sys::Fd lock;  // held as long as `db` is open: members end in reverse order
  std::unique_ptr<Connection> db;
};

// For the daemon: as OpenJournal (journal.h) says.
Result<JournalFile> OpenForWriting(const std::string& path);
// For the reader: as OpenHistory says.
Result<std::unique_ptr<Connection>> OpenForReading(const std::string& path);

}  // namespace kedge::store
