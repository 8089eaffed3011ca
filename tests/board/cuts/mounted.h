// A raw ext4 image, mounted for as long as this lives: the kernel replays its journal as at a boot. Needs
// root, and a mount namespace of the caller's own (OwnMounts), so that nothing stays mounted whatever becomes
// of the program.
//
// What goes wrong throws std::runtime_error.
#pragma once

#include <string>

namespace kedge::board {

// From here on, nobody else sees what this process mounts. Before any thread is started.
void OwnMounts();

class Mounted {
 public:
  // `folder`: where; made if missing. `scratch`: a folder for outputs.
  Mounted(const std::string& image, std::string folder, std::string scratch);
  ~Mounted();
  Mounted(const Mounted&) = delete;
  Mounted& operator=(const Mounted&) = delete;

  const std::string& root() const { return folder_; }
  std::string At(const std::string& path) const { return folder_ + path; }

 private:
  const std::string folder_;
  const std::string scratch_;
};

// Makes `copy` the same as `original`, holes too.
void CopySparse(const std::string& original, const std::string& copy, const std::string& scratch);

// A folder of the mounted disk takes the place of the same folder of this machine, for this process and its
// children.
class InPlace {
 public:
  InPlace(const std::string& folder, std::string place);
  ~InPlace();
  InPlace(const InPlace&) = delete;
  InPlace& operator=(const InPlace&) = delete;

 private:
  const std::string place_;
};

}  // namespace kedge::board
