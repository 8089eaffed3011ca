// Where records are kept: an SQLite file, or memory. A commit is one transaction, whole or not at all. What
// was committed survives the end of the process in any way; a power cut may take the last moments (the
// write-ahead log is not flushed at each commit: this is a bench's service, not a device's journal).
#pragma once

#include <memory>
#include <string>

#include "core/result.h"
#include "record.h"

namespace kedge::drydock {

class Store {
 public:
  // ":memory:" keeps nothing. A file that is in use by another drydock, is no store, or is one of a newer
  // drydock is refused; a new one is made.
  static Result<Store> Open(const std::string& path);

  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  // All records, by kind and id.
  Result<Records> Load() const;
  Result<void> Commit(const Records& changes);

 private:
  struct Database;
  explicit Store(std::unique_ptr<Database> database);

  std::unique_ptr<Database> database_;
};

}  // namespace kedge::drydock
