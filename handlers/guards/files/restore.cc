#include "guards/files/restore.h"

#include <algorithm>
#include <map>
#include <unordered_set>
#include <utility>

#include "guards/files/compare.h"
#include "guards/files/folder.h"
#include "guards/files/mend.h"

namespace kedge::files {
namespace {

// The order of the passes matters: folders have to stand before they are filled; what was added goes before
// files are written, for it may be what fills the disk; a folder's metadata comes after its last change of
// content.
class Restorer {
 public:
  Restorer(const SnapshotFolder& folder, const Manifest& manifest)
      : manifest_(manifest), mender_(folder, manifest) {
    for (const Entry& entry : manifest.entries) {
      if (entry.role == Role::kGuarded) guarded_.insert(entry.path);
    }
  }

  Restored Run() {
    ForEach([this](size_t index) { return MakeWay(index); });
    ForEach([this](size_t index) { return ClearTemporary(index); });
    ForEach([this](size_t index) { return PrepareFolder(index); });
    std::map<size_t, std::vector<size_t>> groups;
    for (size_t i = 0; i < manifest_.entries.size(); ++i) {
      const Entry& entry = manifest_.entries[i];
      if (entry.node.type != NodeType::kFolder && entry.node.type != NodeType::kAbsent)
        groups[entry.same_as.value_or(i)].push_back(i);
    }
    for (const auto& [leader, members] : groups) RestoreGroup(members);
    for (Error& failure : mender_.Finish()) Complain(Unexpected(std::move(failure)));
    ForEachBackwards([this](size_t index) { return FinishFolder(index); });
    ForEachBackwards([this](size_t index) { return RemoveEmptyWay(index); });
    SyncTouched();
    return {mender_.count(), std::move(complaints_)};
  }

 private:
  const Entry& At(size_t index) const { return manifest_.entries[index]; }
  bool IsBlocked(const std::string& path) const {
    return std::any_of(blocked_.begin(), blocked_.end(),
                       [&path](const std::string& folder) { return IsBeneath(path, folder); });
  }
  void Complain(const Result<void>& result) {
    if (!result) complaints_.push_back(Printable(result.error().message));
  }

  template <typename Act>
  void Do(size_t index, Act act) {
    if (IsBlocked(At(index).path)) return;
    const Result<void> done = act(index);
    Complain(done);
    // One complaint about a folder is enough; what belongs in it cannot be put back either.
    if (!done && At(index).node.type == NodeType::kFolder) blocked_.push_back(At(index).path);
  }
  template <typename Act>
  void ForEach(Act act) {
    for (size_t i = 0; i < manifest_.entries.size(); ++i) Do(i, act);
  }
  template <typename Act>
  void ForEachBackwards(Act act) {
    for (size_t i = manifest_.entries.size(); i-- > 0;) Do(i, act);
  }

  // What the step made immutable is made changeable on the way: nothing that is guarded was.
  Result<Node> LookAtEntry(size_t index) const {
    const auto place = PlaceOf(At(index).path);
    if (!place) return Unexpected(place.error());
    const auto pin = Pin::Take(*place);
    if (!pin) return Unexpected(pin.error());
    auto is = pin->Look();
    if (!is) return is;
    if (auto same = CheckMount(At(index), *place); !same) return Unexpected(same.error());
    if (!is->is_frozen || is->is_mount_point) return is;
    if (is->type != NodeType::kFile && is->type != NodeType::kFolder) return is;
    if (auto thawed = pin->Thaw(); !thawed) return Unexpected(thawed.error());
    return is;
  }

  // What was named lies on the file system that was mounted then, and not on what its absence uncovers.
  static Result<void> CheckMount(const Entry& entry, const Place& place) {
    if (!entry.is_root_of_other) return {};
    const auto is_root = IsRootOfOther(place);
    if (!is_root) return Unexpected(is_root.error());
    if (*entry.is_root_of_other == *is_root) return {};
    if (*is_root) return MountedOver(entry.path);
    return Unexpected(ErrorKind::kDenied,
                      entry.path + " was a mount point and is none now; mount what was there");
  }

  Result<void> MakeWay(size_t index) {
    const Entry& entry = At(index);
    if (entry.role != Role::kWay || entry.node.type == NodeType::kAbsent) return {};
    const auto is = LookAtEntry(index);
    if (!is) return Unexpected(is.error());
    if (is->type == NodeType::kFolder) return {};
    if (is->type == NodeType::kAbsent) return mender_.Replace(index, *is);
    return Unexpected(ErrorKind::kDenied,
                      entry.path + " is " + Describe(*is) + ", was a folder; it is not guarded");
  }

  // An earlier restore may have been killed and have left what it was making beside a guarded path. In a
  // guarded folder it is removed as anything that was added.
  Result<void> ClearTemporary(size_t index) {
    if (guarded_.contains(SplitPath(At(index).path).first)) return {};
    return mender_.ClearTemporary(index);
  }

  // Makes folders stand, empties them of what was added, and removes what was absent.
  Result<void> PrepareFolder(size_t index) {
    const Entry& entry = At(index);
    if (entry.role != Role::kGuarded) return {};
    if (entry.node.type == NodeType::kAbsent) return mender_.Remove(entry.path);
    if (entry.node.type != NodeType::kFolder) return {};
    const auto is = LookAtEntry(index);
    if (!is) return Unexpected(is.error());
    if (is->is_mount_point) return MountedOver(entry.path);
    if (is->type != NodeType::kFolder) return mender_.Replace(index, *is);
    const auto folder = OpenFolder(entry.path);
    if (!folder) return Unexpected(folder.error());
    const auto names = ListFolder(*folder, entry.path);
    if (!names) return Unexpected(names.error());
    for (const std::string& name : *names) {
      const std::string path = Join(entry.path, name);
      if (!guarded_.contains(path)) Complain(mender_.Remove(path));
    }
    return {};
  }

  // All names of one file (nearly always a single one), link or fifo.
  void RestoreGroup(const std::vector<size_t>& members) {
    std::vector<std::pair<size_t, Node>> names;
    for (const size_t index : members) {
      if (IsBlocked(At(index).path)) continue;
      auto is = LookAtEntry(index);
      if (is)
        names.emplace_back(index, *std::move(is));
      else
        Complain(Unexpected(is.error()));
    }
    if (names.empty()) return;
    // A name that still is the recorded inode keeps the connection with names outside of what is guarded.
    const auto original = std::find_if(names.begin(), names.end(), [this](const auto& name) {
      return IsSameInode(At(name.first).node, name.second);
    });
    std::iter_swap(names.begin(), original == names.end() ? names.begin() : original);
    const auto& [anchor, is] = names.front();
    const auto here = std::count_if(names.begin(), names.end(),
                                    [&is = is](const auto& name) { return IsSameNow(name.second, is); });
    const size_t outside = At(anchor).node.names - std::min<size_t>(members.size(), At(anchor).node.names);
    if (auto put = mender_.PutBack(anchor, is, static_cast<size_t>(here), outside, members.size() == 1); !put)
      return Complain(put);
    if (names.size() == 1) return;
    const auto now = LookAtEntry(anchor);
    if (!now) return Complain(Unexpected(now.error()));
    for (size_t i = 1; i < names.size(); ++i) {
      const Node& other = names[i].second;
      if (!IsSameNow(other, *now)) Complain(mender_.LinkTo(anchor, names[i].first, other));
    }
  }

  Result<void> FinishFolder(size_t index) {
    const Entry& entry = At(index);
    if (entry.role != Role::kGuarded || entry.node.type != NodeType::kFolder) return {};
    return mender_.FinishFolder(index);
  }

  // Folders that the step made on the way to a guarded path. What else is in them is not ours to remove;
  // verify says that they are there.
  Result<void> RemoveEmptyWay(size_t index) {
    const Entry& entry = At(index);
    if (entry.role != Role::kWay || entry.node.type != NodeType::kAbsent) return {};
    return mender_.RemoveIfEmpty(entry.path);
  }

  void SyncTouched() {
    DiskSync disks;
    for (const std::string& path : mender_.touched()) {
      const auto folder = OpenFolder(path);
      if (folder)
        Complain(mender_.touched().size() > kFewSyncs ? disks.Add(*folder, path) : SyncFolder(*folder, path));
      else if (folder.error().kind !=
               ErrorKind::kNotFound)  // removed afterwards: it was an empty one on the way
        Complain(Unexpected(folder.error()));
    }
    Complain(disks.Run());
  }

  const Manifest& manifest_;
  Mender mender_;
  std::unordered_set<std::string> guarded_;
  std::vector<std::string> blocked_;
  std::vector<std::string> complaints_;
};

}  // namespace

Restored Restore(const SnapshotFolder& folder, const Manifest& manifest) {
  return Restorer(folder, manifest).Run();
}

}  // namespace kedge::files
