#include "guards/files/snapshot.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <limits>
#include <map>

#include "guards/files/content.h"
#include "guards/files/folder.h"
#include "guards/files/items.h"
#include "guards/files/scan.h"
#include "guards/files/syncing.h"
#include "sys/clock.h"
#include "sys/files.h"
#include "sys/paths.h"

namespace kedge::files {
namespace {

constexpr int kMostTries = 3;            // for a file that somebody else is writing to
constexpr int64_t kCoarsestClock = 2;    // seconds
constexpr uint64_t kRoomForEach = 8192;  // a copy's last block, its inode, its line in the manifest
constexpr uint64_t kMargin = 1 << 20;
constexpr uint64_t kFewFiles = 4;  // the manifest, the one beside it, the folder of the copies, one to spare

Unexpected Failed(const std::string& what) { return Unexpected(sys::ErrnoError(what, errno)); }

// Whether copies in `folder` can share the blocks of files like `entry`: tried, for no file system tells. The
// trial has no name and is gone with its descriptor.
bool CanShare(const std::string& folder, const Entry& entry) {
  const sys::Fd trial(open(folder.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600));
  const auto place = PlaceOf(entry.path);
  if (!trial || !place) return false;
  const auto pin = Pin::Take(*place);
  if (!pin || !*pin) return false;
  const auto file = pin->Open(O_RDONLY);
  return file && CloneContent(file->get(), trial.get());
}

// `may_share`: leaves out what shares its blocks with the original.
uint64_t RoomFor(const std::string& folder, const std::vector<Entry>& entries, bool may_share) {
  std::map<uint64_t, bool> shares;  // by device
  uint64_t needed = kMargin;
  for (const Entry& entry : entries) {
    if (entry.same_as) continue;
    needed += kRoomForEach;
    const uint64_t content = std::min(entry.node.size, entry.node.disk_bytes);
    if (content == 0) continue;
    if (may_share && !shares.contains(entry.node.device)) shares[entry.node.device] = CanShare(folder, entry);
    if (!may_share || !shares[entry.node.device]) needed += content;
  }
  return needed;
}

Result<void> CheckRoom(const std::string& folder, const std::vector<Entry>& entries) {
  struct statvfs found {};
  if (statvfs(folder.c_str(), &found) != 0) return Failed("ask for the free space of " + folder);
  const auto copies =
      static_cast<uint64_t>(std::count_if(entries.begin(), entries.end(), [](const Entry& entry) {
        return entry.node.type == NodeType::kFile && !entry.same_as;
      }));
  // Some file systems have as many as they need, and count none.
  if (found.f_files > 0 && found.f_favail < copies + kFewFiles)
    return Unexpected(ErrorKind::kUnavailable, "not enough inodes in " + folder + " for the copies: " +
                                                   std::to_string(copies + kFewFiles) + " are needed, " +
                                                   std::to_string(found.f_favail) + " are free");
  const uint64_t free = static_cast<uint64_t>(found.f_bavail) * found.f_frsize;
  uint64_t needed = RoomFor(folder, entries, false);
  if (free < needed) needed = RoomFor(folder, entries, true);
  if (free >= needed) return {};
  return Unexpected(ErrorKind::kUnavailable,
                    "not enough room in " + folder + " for the copies: " + std::to_string(needed >> 10U) +
                        " KiB are needed, " + std::to_string(free >> 10U) + " KiB are free");
}

bool HasMoved(const Node& before, const Node& after) {
  return before.size != after.size || !(before.mtime == after.mtime) || !(before.changed == after.changed);
}

// Two changes within one tick of a file system's clock (mostly 1 to 10 ms, a second on old ext4 and ext3, 2 s
// on FAT) leave the same times. The clock may have been set back since, too.
bool MayHaveMovedUnseen(const Node& after) {
  return after.changed.seconds >= sys::WallMillis() / 1000 - kCoarsestClock;
}

// Copies the content of `entry` as it is now, metadata read afresh with it. False: it was changing meanwhile.
Result<bool> TryCopy(Entry& entry, const std::string& copy_path) {
  const auto place = PlaceOf(entry.path);
  if (!place) return Unexpected(place.error());
  const auto pin = Pin::Take(*place);
  if (!pin) return Unexpected(pin.error());
  auto before = pin->Look();
  if (!before) return Unexpected(before.error());
  if (before->type != NodeType::kFile) return false;
  const auto from = pin->Open(O_RDONLY);
  if (!from) return Unexpected(from.error());
  const sys::Fd to(open(copy_path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!to) return Failed("create " + copy_path);
  const DigestKind kind = KindFor(from->get(), before->size);
  const bool is_shared = before->size > 0 && CloneContent(from->get(), to.get());
  // What counts is what was kept: a shared copy is read from the copy.
  auto digest = is_shared ? ReadContent(to.get(), before->size, kind, -1, entry.path)
                          : ReadContent(from->get(), before->size, kind, to.get(), entry.path);
  if (!digest && digest.error().kind == ErrorKind::kBusy) return false;
  if (!digest) return Unexpected(digest.error());
  const auto after = pin->Look();
  if (!after) return Unexpected(after.error());
  if (HasMoved(*before, *after)) return false;
  if (!is_shared && MayHaveMovedUnseen(*after)) {
    const auto again = ReadContent(from->get(), before->size, kind, -1, entry.path);
    if (!again && again.error().kind != ErrorKind::kBusy) return Unexpected(again.error());
    if (!again || *again != *digest) return false;
  }
  // It stands for its other names, too, as they were found.
  if (entry.node.names > 1 && !IsSameNow(entry.node, *before)) return false;
  entry.node = *std::move(before);
  entry.digest = *std::move(digest);
  return true;
}

Unexpected ChangesUnderUs(const Entry& entry) {
  return Unexpected(ErrorKind::kBusy, Printable(entry.path) + " is being changed by another program");
}

Result<void> Copy(Entry& entry, const std::string& copy_path) {
  for (int tries = 0; tries < kMostTries; ++tries) {
    const auto copied = TryCopy(entry, copy_path);
    if (!copied) return Unexpected(copied.error());
    if (*copied) return {};
  }
  return ChangesUnderUs(entry);
}

// Another name of `first`, which has been copied, if it still is one.
Result<void> TakeOver(Entry& entry, const Entry& first) {
  const auto place = PlaceOf(entry.path);
  if (!place) return Unexpected(place.error());
  const auto is = LookAt(*place);
  if (!is) return Unexpected(is.error());
  if (!IsSameNow(*is, first.node)) return ChangesUnderUs(entry);
  entry.node = first.node;
  entry.digest = first.digest;
  return {};
}

Result<void> SyncCopies(const SnapshotFolder& folder, size_t count) {
  for (size_t number = 0; number < count && count <= kFewSyncs; ++number) {
    const std::string path = folder.CopyPath(number);
    const sys::Fd copy(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!copy || fsync(copy.get()) != 0) return Failed("fsync " + path);
  }
  const std::string path = folder.path() + "/copies";
  const sys::Fd copies(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!copies) return Failed("open " + path);
  if (count > kFewSyncs && syncfs(copies.get()) != 0) return Failed("sync " + path);
  if (fsync(copies.get()) != 0) return Failed("fsync " + path);
  return {};
}

Result<void> CopyAll(const SnapshotFolder& folder, std::vector<Entry>& entries) {
  size_t count = 0;
  for (Entry& entry : entries) {
    if (entry.node.type != NodeType::kFile) continue;
    if (entry.same_as) {
      if (auto taken = TakeOver(entry, entries[*entry.same_as]); !taken) return taken;
      continue;
    }
    if (auto copied = Copy(entry, folder.CopyPath(entry.copy)); !copied) return copied;
    ++count;
  }
  return SyncCopies(folder, count);
}

}  // namespace

Result<Manifest> SnapshotFolder::Read() const {
  const auto text = sys::ReadFile(path_ + "/manifest", std::numeric_limits<int32_t>::max());
  if (!text) return Unexpected(text.error());
  return Decode(*text);
}

Result<Manifest> SnapshotFolder::Plan(const std::vector<std::string>& written) const {
  Manifest manifest;
  manifest.id = sys::RandomWord(12);
  for (const std::string& path : written) {
    auto item = ResolveItem(path);
    if (!item) return Unexpected(item.error());
    manifest.items.push_back(*std::move(item));
  }
  const auto here = sys::Canonical(path_);
  if (!here) return Unexpected(here.error());
  const auto paths = GuardedPaths(manifest.items, *here);
  if (!paths) return Unexpected(paths.error());
  auto entries = Scan(*paths);
  if (!entries) return Unexpected(entries.error());
  manifest.entries = *std::move(entries);
  return manifest;
}

Result<void> SnapshotFolder::Check(const std::vector<std::string>& written) const {
  const auto manifest = Plan(written);
  if (!manifest) return Unexpected(manifest.error());
  std::filesystem::path there = path_;
  while (!sys::LeadsToFolder(there.string()) && there.has_relative_path()) there = there.parent_path();
  return CheckRoom(there.string(), manifest->entries);
}

Result<Manifest> SnapshotFolder::Take(const std::vector<std::string>& written) const {
  auto planned = Plan(written);
  if (!planned) return planned;
  Manifest manifest = *std::move(planned);
  const std::string copies = path_ + "/copies";
  if (auto cleared = sys::RemoveTree(copies); !cleared) return Unexpected(cleared.error());
  if (auto room = CheckRoom(path_, manifest.entries); !room) return Unexpected(room.error());
  if (auto made = sys::MakeDirs(copies, 0700); !made) return Unexpected(made.error());
  auto copied = CopyAll(*this, manifest.entries);
  // Also makes the folder's own entry for `copies` durable; the manifest is what makes it a snapshot.
  if (copied) copied = sys::WriteFileAtomic(path_ + "/manifest", Encode(manifest), 0600);
  if (copied) return manifest;
  static_cast<void>(sys::RemoveTree(copies));  // give the room back; the first failure is what counts
  return Unexpected(copied.error());
}

Result<void> SnapshotFolder::DropCopy(size_t number) const {
  if (unlink(CopyPath(number).c_str()) != 0) return Failed("remove " + CopyPath(number));
  return {};
}

}  // namespace kedge::files
