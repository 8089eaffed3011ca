// The files that stand for objects in S3.
#pragma once

#include <optional>
#include <string>

namespace kedge::drydock {

class Files {
 public:
  virtual ~Files() = default;
  // The object's bytes; nothing when there is no such object. Any text may be asked for. From any thread.
  virtual std::optional<std::string> Read(const std::string& bucket, const std::string& key) const = 0;
};

}  // namespace kedge::drydock
