#include "guards/files/maker.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "guards/files/content.h"
#include "guards/files/folder.h"

namespace kedge::files {
namespace {

Unexpected Failed(const std::string& what) { return Unexpected(sys::ErrnoError(what, errno)); }

Result<sys::Fd> OpenCopy(const SnapshotFolder& folder, const Entry& entry, int flags) {
  const std::string path = folder.CopyPath(entry.copy);
  sys::Fd copy(open(path.c_str(), flags | O_NOFOLLOW | O_CLOEXEC));
  if (!copy && errno == ENOENT)
    return Unexpected(ErrorKind::kCorrupt,
                      "the copy of " + entry.path +
                          " is gone: an earlier restore put it in place, for the disk was full, and "
                          "something has changed that file since");
  if (!copy) return Failed("open " + path);
  return copy;
}

// `to`: -1, or an empty file that can be read too.
Result<void> WriteContent(const SnapshotFolder& folder, const Entry& entry, int to) {
  const std::string copy_path = folder.CopyPath(entry.copy);
  const auto copy = OpenCopy(folder, entry, O_RDONLY);
  if (!copy) return Unexpected(copy.error());
  const bool is_shared = to >= 0 && entry.node.size > 0 && CloneContent(copy->get(), to);
  const auto digest = ReadContent(is_shared ? to : copy->get(), entry.node.size, KindOfDigest(entry.digest),
                                  is_shared ? -1 : to, entry.path);
  if (!digest) return Unexpected(digest.error());
  if (*digest != entry.digest)
    return Unexpected(ErrorKind::kCorrupt, copy_path + ", the copy of " + entry.path + ", is damaged");
  return {};
}

Result<void> MakeFile(const SnapshotFolder& folder, const Entry& entry, const Place& place, Durable durable) {
  const sys::Fd file(
      openat(place.folder.get(), place.name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return Failed("create " + place.path);
  if (auto written = WriteContent(folder, entry, file.get()); !written) return written;
  // Not by its name: whoever may write to the folder may have given that to a file of his own.
  const auto pin = Pin::Of(file, place.path);
  if (!pin) return Unexpected(pin.error());
  if (auto applied = pin->Apply(entry.node); !applied) return applied;
  if (durable == Durable::kNow && fsync(file.get()) != 0) return Failed("fsync " + place.path);
  return {};
}

int CreateOther(const Node& node, const Place& place) {
  const int folder = place.folder.get();
  if (node.type == NodeType::kLink) return symlinkat(node.target.c_str(), folder, place.name.c_str());
  if (node.type == NodeType::kFolder) return mkdirat(folder, place.name.c_str(), 0700);
  return mkfifoat(folder, place.name.c_str(), 0600);
}

// A folder, link or fifo, which is found again by its name alone. What somebody else may have put there
// meanwhile is not given the owner and the mode that were recorded.
Result<void> MakeOther(const Entry& entry, const Place& place) {
  if (CreateOther(entry.node, place) != 0) return Failed("create " + place.path);
  const auto pin = Pin::Take(place);
  if (!pin) return Unexpected(pin.error());
  const auto is = pin->Look();
  if (!is) return Unexpected(is.error());
  if (is->type != entry.node.type || is->uid != geteuid()) return ReplacedMeanwhile(place.path);
  return pin->Apply(entry.node);
}

}  // namespace

Result<void> Make(const SnapshotFolder& folder, const Entry& entry, const Place& place, Durable durable) {
  if (entry.node.type == NodeType::kFile) return MakeFile(folder, entry, place, durable);
  return MakeOther(entry, place);
}

Result<void> MakeOfCopy(const SnapshotFolder& folder, const Entry& entry, const Place& place) {
  if (auto sound = WriteContent(folder, entry, -1); !sound) return sound;
  const std::string copy_path = folder.CopyPath(entry.copy);
  if (linkat(AT_FDCWD, copy_path.c_str(), place.folder.get(), place.name.c_str(), 0) != 0)
    return Failed("link " + copy_path + " to " + place.path);
  // By the name that is ours alone.
  const auto file = OpenCopy(folder, entry, O_RDONLY);
  if (!file) return Unexpected(file.error());
  const auto pin = Pin::Of(*file, place.path);
  if (!pin) return Unexpected(pin.error());
  if (auto applied = pin->Apply(entry.node); !applied) return applied;
  if (fsync(file->get()) != 0) return Failed("fsync " + place.path);
  return {};
}

Result<void> Rewrite(const SnapshotFolder& folder, const Entry& entry, const Pin& pin) {
  const auto file = pin.Open(O_RDWR);
  if (!file) return Unexpected(file.error());
  if (ftruncate(file->get(), 0) != 0) return Failed("empty " + entry.path);
  if (auto written = WriteContent(folder, entry, file->get()); !written) return written;
  if (auto applied = pin.Apply(entry.node); !applied) return applied;
  if (fsync(file->get()) != 0) return Failed("fsync " + entry.path);
  return {};
}

}  // namespace kedge::files
