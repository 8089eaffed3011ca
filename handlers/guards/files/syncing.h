// Making many changes durable at once: one sync of a file system instead of one for each file.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>

#include "core/result.h"
#include "sys/files.h"

namespace kedge::files {

// Up to here each file is synced by itself; beyond, the whole file system at once is quicker, though it
// writes what others have changed too.
inline constexpr size_t kFewSyncs = 16;

// Whether something is durable when a function returns, or its caller takes care of that.
enum class Durable { kNow, kLater };

class DiskSync {
 public:
  // The file system that `folder` (O_PATH) is on has something to sync.
  Result<void> Add(const sys::Fd& folder, const std::string& path);
  // Syncs them all, and begins anew.
  Result<void> Run();

 private:
  std::map<dev_t, std::pair<sys::Fd, std::string>> disks_;
};

}  // namespace kedge::files
