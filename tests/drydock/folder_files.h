// Files in a folder: BUCKET/KEY below it. Only regular files, and only what really lies in the folder: a key
// with "..", and a symbolic link that leads out, are as good as not there.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/result.h"
#include "files.h"

namespace kedge::drydock {

class FolderFiles : public Files {
 public:
  // An error when there is no such folder.
  static Result<FolderFiles> In(const std::string& folder);

  std::optional<std::string> Read(const std::string& bucket, const std::string& key) const override;

 private:
  explicit FolderFiles(std::filesystem::path root) : root_(std::move(root)) {}

  std::filesystem::path root_;  // without symbolic links
};

}  // namespace kedge::drydock
