#include "guards/files/mend.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "guards/files/compare.h"
#include "guards/files/folder.h"
#include "guards/files/maker.h"

namespace kedge::files {
namespace {

// The folder that something would be in is gone, and so is that.
Result<void> MissingIsFine(const Error& error) {
  return error.kind == ErrorKind::kNotFound ? Result<void>{} : Unexpected(error);
}

}  // namespace

void Mender::Touched(const std::string& path) {
  ++count_;
  touched_.insert(SplitPath(path).first);
}

Result<void> Mender::Replace(size_t index, const Node& is) {
  const Entry& entry = At(index);
  const auto place = PlaceOf(entry.path);
  if (!place) return Unexpected(place.error());
  const std::string temporary = TemporaryName(manifest_, index);
  const auto beside = Beside(*place, temporary);
  if (!beside) return Unexpected(beside.error());
  if (is.is_mount_point)
    return Unexpected(ErrorKind::kDenied, entry.path + " is a mount point now; unmount it");
  Node replaced = is;
  auto made = RemoveTree(*beside);  // a folder on the way is made before temporary names are cleared
  if (made) made = Make(folder_, entry, *beside);
  if (!made && made.error().kind == ErrorKind::kUnavailable && is.type != NodeType::kAbsent) {
    // The disk is full: what stands there has to go anyway, so let it make the room.
    static_cast<void>(RemoveTree(*beside));
    made = RemoveTree(*place);
    if (made) made = Make(folder_, entry, *beside);
    replaced = Node{};
  }
  if (made) made = PutInPlace(*place, replaced, temporary, entry.node);
  if (!made) {
    static_cast<void>(RemoveTree(*beside));  // the first failure is what counts
    return made;
  }
  Touched(entry.path);
  return {};
}

Result<void> Mender::PutBack(size_t index, const Node& is, size_t here, size_t outside) {
  const Entry& entry = At(index);
  if (is.type != entry.node.type) return Replace(index, is);
  const bool is_original = IsSameInode(entry.node, is);
  // A name that the step added leads to something that is not ours to change: leave that, and make our own.
  if (is.names > here + (is_original ? outside : 0)) return Replace(index, is);
  const auto place = PlaceOf(entry.path);
  if (!place) return Unexpected(place.error());
  auto pin = Pin::Take(*place);
  if (!pin) return Unexpected(pin.error());
  const auto same = HasSameContent(entry, is, *pin);
  if (!same) return Unexpected(same.error());
  if (!*same && is_original && outside > 0 && entry.node.type == NodeType::kFile) {
    auto rewritten = Rewrite(folder_, entry, *pin);
    if (rewritten) Touched(entry.path);
    return rewritten;
  }
  if (!*same) {
    pin->Release();  // while it is held, removing the file gives no room
    return Replace(index, is);
  }
  if (MetadataDifferences(entry.node, is).empty()) return {};
  if (auto applied = pin->Apply(entry.node); !applied) return applied;
  Touched(entry.path);
  if (entry.node.type != NodeType::kFile) return {};
  const auto file = pin->Open(O_RDONLY);
  if (!file || fsync(file->get()) != 0) return Unexpected(sys::ErrnoError("fsync " + entry.path, errno));
  return {};
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
  if (unlinkat(place->folder.get(), place->name.c_str(), AT_REMOVEDIR) == 0) Touched(path);
  return {};
}

Result<void> Mender::ClearTemporary(size_t index) {
  const auto place = PlaceOf(At(index).path);
  if (!place) return MissingIsFine(place.error());
  const auto beside = Beside(*place, TemporaryName(manifest_, index));
  return beside ? RemoveTree(*beside) : Result<void>(Unexpected(beside.error()));
}

}  // namespace kedge::files
