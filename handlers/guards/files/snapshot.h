// Taking a snapshot, and reading one. The folder holds `copies/NUMBER` and, last and atomically, `manifest`:
// without a manifest there is no snapshot.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "guards/files/manifest.h"

namespace kedge::files {

// A folder that holds one snapshot, or will.
class SnapshotFolder {
 public:
  explicit SnapshotFolder(std::string path) : path_(std::move(path)) {}
  const std::string& path() const { return path_; }
  std::string CopyPath(size_t number) const { return path_ + "/copies/" + std::to_string(number); }

  // Whether `written` could be kept now, and put back: everything that Take would refuse before it copies,
  // the room included. Changes nothing; the folder need not be there yet (room is looked for where it will
  // be).
  Result<void> Check(const std::vector<std::string>& written) const;
  // kNotFound: no complete snapshot. kCorrupt: there is one, and it cannot be believed.
  Result<Manifest> Read() const;
  // Clears what an earlier try left, copies and makes everything durable. Changes nothing that it guards.
  // kDenied: something cannot be guarded. kUnavailable: not enough room (said before anything is copied).
  Result<Manifest> Take(const std::vector<std::string>& written) const;

  // Takes the copy's own name away.
  Result<void> DropCopy(size_t number) const;

 private:
  // Everything but the digests, in metadata only. kDenied: something cannot be guarded.
  Result<Manifest> Plan(const std::vector<std::string>& written) const;

  std::string path_;
};

}  // namespace kedge::files
