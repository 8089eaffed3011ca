// What of a folder is on the disk, and not only in the kernel's memory: what a power cut leaves.
//
// A file's content is on the disk as of its last sync, a name as of the last sync of its folder. A file whose
// sync failed keeps what it had for ever (the kernel drops such pages, and a later sync that succeeds says
// nothing about them). Each sync and each rename is an event; before each one, and whenever asked, the model
// tells what could be found if the power went now.
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "faulty_disk.h"
#include "sys/files.h"

namespace kedge::store {

// A folder's tree: path below it, content. No content: a folder.
using DiskImage = std::map<std::string, std::shared_ptr<const std::string>>;

// Makes it below `folder`, which exists.
void WriteImage(const DiskImage& image, const std::string& folder);

// Listens to TheDisk() as long as it lives. What uses the folder ends before it, and begins after it: it
// holds descriptors of the files, so that no inode is used twice.
class DiskModel : public DiskListener {
 public:
  // `root` exists; what is in it is on the disk.
  explicit DiskModel(std::string root);
  ~DiskModel() override;
  DiskModel(const DiskModel&) = delete;
  DiskModel& operator=(const DiskModel&) = delete;

  // The event after `pass` further ones fails with EIO, once.
  void FailAfter(int pass) { fail_at_ = events_ + pass + 1; }
  void FailNoMore() { fail_at_ = 0; }
  bool failed() const { return fail_at_ != 0 && events_ >= fail_at_; }
  // From now on, what can be found at each event is kept in `images()`.
  void KeepImages() { keeps_ = true; }
  const std::vector<DiskImage>& images() const { return images_; }

  // What may be found if the power goes now: the least there can be, names without the contents they were
  // given to, and all (which is what a kill leaves).
  std::vector<DiskImage> Now() const;

  bool MaySync(int fd) override;
  bool MayRename() override { return Event(); }

 private:
  struct Name {
    ino_t inode = 0;
    bool is_folder = false;
  };
  using Names = std::map<std::string, Name>;

  void Adopt(const std::string& folder);
  bool Event();
  static Names Read(const std::string& folder);
  std::shared_ptr<const std::string> Synced(ino_t inode) const;
  void AddSynced(DiskImage& image, ino_t folder, const std::string& prefix) const;
  void AddLive(DiskImage& image, const std::string& prefix, bool contents) const;

  std::string root_;
  int events_ = 0;
  int fail_at_ = 0;  // number of the event that fails; 0: none
  bool keeps_ = false;
  std::map<ino_t, std::shared_ptr<const std::string>> contents_;  // as of the last sync
  std::map<ino_t, Names> names_;                                  // of folders, likewise
  std::set<ino_t> bad_;                                           // a sync failed
  std::map<ino_t, sys::Fd> held_;
  std::vector<DiskImage> images_;
};

}  // namespace kedge::store
