#include "guards/files/mend.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "guards/files/compare.h"
#include "guards/files/folder.h"
#include "guards/files/maker.h"

namespace kedge::files {
namespace {

// So many files stand twice at most until they are synced together.
constexpr size_t kMostWaiting = 1000;

// The folder that something would be in is gone, and so is that.
Result<void> MissingIsFine(const Error& error) {
  return error.kind == ErrorKind::kNotFound ? Result<void>{} : Unexpected(error);
}

// Whether the file runs with the rights of another than its caller.
bool IsPrivileged(const Node& node) {
  return node.type == NodeType::kFile &&
         ((node.mode & 06000U) != 0 || node.xattrs.contains("security.capability"));
}

}  // namespace

void Mender::Touched(const std::string& path) {
  ++count_;
  touched_.insert(SplitPath(path).first);
}

Result<void> Mender::Replace(size_t index, const Node& is, Durable durable) {
  const Entry& entry = At(index);
  const auto place = PlaceOf(entry.path);
  if (!place) return Unexpected(place.error());
  const auto beside = Beside(*place, TemporaryName(manifest_, index));
  if (!beside) return Unexpected(beside.error());
  if (is.is_mount_point) return MountedOver(entry.path);
  auto made = RemoveTree(*beside);  // a folder on the way is made before temporary names are cleared
  if (made) made = Make(folder_, entry, *beside, durable);
  bool is_full = !made && made.error().kind == ErrorKind::kUnavailable;
  if (is_full && !waiting_.empty()) {
    // What waits to replace something makes room by doing so.
    static_cast<void>(RemoveTree(*beside));
    Settle();
    made = Make(folder_, entry, *beside, durable);
    is_full = !made && made.error().kind == ErrorKind::kUnavailable;
  }
  if (is_full) return ReplaceOnFullDisk(index, is, *place, *beside);
  if (made && durable == Durable::kLater) return Wait(index, is, *place);
  if (made) made = PutInPlace(*place, is, beside->name, entry.node);
  // The first failure is what counts.
  if (!made) static_cast<void>(RemoveTree(*beside));
  if (made) Touched(entry.path);
  return made;
}

Result<void> Mender::ReplaceOnFullDisk(size_t index, const Node& is, const Place& place,
                                       const Place& beside) {
  const Entry& entry = At(index);
  static_cast<void>(RemoveTree(beside));
  Node replaced = is;
  // The copy itself goes there, which needs no room.
  const bool is_copy = entry.node.type == NodeType::kFile && MakeOfCopy(folder_, entry, beside).has_value();
  auto made = Result<void>{};
  if (!is_copy) {
    // Nor can the copy: what stands there has to go anyway, so let it make the room.
    static_cast<void>(RemoveTree(beside));
    if (is.type != NodeType::kAbsent) made = RemoveTree(place);
    if (made) made = Make(folder_, entry, beside, Durable::kNow);
    replaced = Node{};
  }
  if (made) made = PutInPlace(place, replaced, beside.name, entry.node);
  if (made) Touched(entry.path);
  // Also when all is well: renaming one name of a file over another does nothing, and leaves both. That is
  // how a restore finds it that was killed before the copy's own name went.
  auto removed = RemoveTree(beside);
  if (!made || !removed) return made ? removed : made;
  if (!is_copy) return {};
  // In this order: without its own name the copy must not be lost with a folder that was not written yet.
  if (auto synced = SyncFolder(place.folder, place.path); !synced) return synced;
  return folder_.DropCopy(entry.copy);
}

Result<void> Mender::Wait(size_t index, const Node& is, const Place& place) {
  waiting_.push_back({index, is});
  if (auto added = disks_.Add(place.folder, place.path); !added) return added;
  if (waiting_.size() >= kMostWaiting) Settle();
  return {};
}

void Mender::Settle() {
  const auto complain = [this](const Result<void>& result) {
    if (!result) failures_.push_back(result.error());
  };
  const auto synced = disks_.Run();
  complain(synced);
  for (const auto& [index, is] : std::exchange(waiting_, {})) {
    const Entry& entry = At(index);
    const auto place = PlaceOf(entry.path);
    const std::string temporary = TemporaryName(manifest_, index);
    const auto beside = place ? Beside(*place, temporary) : Unexpected(place.error());
    if (!beside) {
      complain(Unexpected(beside.error()));
      continue;
    }
    const auto put = synced ? PutInPlace(*place, is, temporary, entry.node) : synced;
    if (put) Touched(entry.path);
    if (!put) static_cast<void>(RemoveTree(*beside));
    if (synced) complain(put);
  }
}

std::vector<Error> Mender::Finish() {
  Settle();
  return std::exchange(failures_, {});
}

Result<void> Mender::SyncFile(const Pin& pin, const Place& place) {
  if (++synced_ > kFewSyncs) return disks_.Add(place.folder, place.path);
  const auto file = pin.Open(O_RDONLY);
  if (!file) return Unexpected(file.error());
  if (fsync(file->get()) != 0) return Unexpected(sys::ErrnoError("fsync " + place.path, errno));
  return {};
}

Result<void> Mender::PutBack(size_t index, const Node& is, size_t here, size_t outside, bool may_wait) {
  const Entry& entry = At(index);
  if (is.is_mount_point) return MountedOver(entry.path);
  const auto replace = [&] {
    const bool waits = may_wait && entry.node.type == NodeType::kFile && ++synced_ > kFewSyncs;
    return Replace(index, is, waits ? Durable::kLater : Durable::kNow);
  };
  if (is.type != entry.node.type) return replace();
  // The names outside of what is guarded stay its names.
  const bool has_outside = outside > 0 && IsSameInode(entry.node, is);
  // A name that the step added leads to something that is not ours to change: leave that, and make our own.
  if (!has_outside && is.names > here) return replace();
  const auto place = PlaceOf(entry.path);
  if (!place) return Unexpected(place.error());
  auto pin = Pin::Take(*place);
  if (!pin) return Unexpected(pin.error());
  const auto pinned = pin->Look();
  if (!pinned) return Unexpected(pinned.error());
  if (!IsSameNow(is, *pinned)) return ReplacedMeanwhile(entry.path);
  const auto same = HasSameContent(entry, is, *pin);
  if (!same) return Unexpected(same.error());
  if (!*same && has_outside && entry.node.type == NodeType::kFile) {
    auto rewritten = Rewrite(folder_, entry, *pin);
    if (rewritten) Touched(entry.path);
    return rewritten;
  }
  const bool differs = !MetadataDifferences(entry.node, is).empty();
  // Whoever could write to it meanwhile may have it open still: he does not get to write to a set-id file.
  if (!*same || (differs && !has_outside && IsPrivileged(entry.node))) {
    pin->Release();  // while it is held, removing the file gives no room
    return replace();
  }
  if (!differs) return {};
  if (auto applied = pin->Apply(entry.node); !applied) return applied;
  Touched(entry.path);
  return entry.node.type == NodeType::kFile ? SyncFile(*pin, *place) : Result<void>{};
}

Result<void> Mender::LinkTo(size_t anchor, size_t index, const Node& is) {
  const auto from = PlaceOf(At(anchor).path);
  if (!from) return Unexpected(from.error());
  const auto to = PlaceOf(At(index).path);
  if (!to) return Unexpected(to.error());
  const std::string temporary = TemporaryName(manifest_, index);
  const auto beside = Beside(*to, temporary);
  if (!beside) return Unexpected(beside.error());
  if (linkat(from->folder.get(), from->name.c_str(), to->folder.get(), temporary.c_str(), 0) != 0)
    return Unexpected(sys::ErrnoError("link " + to->path + " to " + from->path, errno));
  if (auto put = PutInPlace(*to, is, temporary, At(anchor).node); !put) return put;
  Touched(to->path);
  return {};
}

Result<void> Mender::FinishFolder(size_t index) {
  const Entry& entry = At(index);
  const auto place = PlaceOf(entry.path);
  if (!place) return Unexpected(place.error());
  const auto pin = Pin::Take(*place);
  if (!pin) return Unexpected(pin.error());
  const auto is = pin->Look();
  if (!is) return Unexpected(is.error());
  if (is->type != NodeType::kFolder) return ReplacedMeanwhile(entry.path);
  if (MetadataDifferences(entry.node, *is).empty()) return {};
  if (auto applied = pin->Apply(entry.node); !applied) return applied;
  ++count_;
  touched_.insert(entry.path);
  return {};
}

Result<void> Mender::Remove(const std::string& path) {
  const auto place = PlaceOf(path);
  if (!place) return MissingIsFine(place.error());
  const auto is = LookAt(*place);
  if (is && is->type == NodeType::kAbsent) return {};
  if (auto removed = RemoveTree(*place); !removed) return removed;
  Touched(path);
  return {};
}

Result<void> Mender::RemoveIfEmpty(const std::string& path) {
  const auto place = PlaceOf(path);
  if (!place) return MissingIsFine(place.error());
  if (Unlink(place->folder.get(), place->name, AT_REMOVEDIR)) Touched(path);
  return {};
}

Result<void> Mender::ClearTemporary(size_t index) {
  const auto place = PlaceOf(At(index).path);
  if (!place) return MissingIsFine(place.error());
  const auto beside = Beside(*place, TemporaryName(manifest_, index));
  return beside ? RemoveTree(*beside) : Result<void>(Unexpected(beside.error()));
}

}  // namespace kedge::files
