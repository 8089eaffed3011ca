#include "guards/files/compare.h"

#include <fcntl.h>

#include <unordered_set>
#include <utility>

#include "guards/files/content.h"
#include "guards/files/folder.h"
#include "guards/files/items.h"

namespace kedge::files {
namespace {

Result<std::string> DigestNow(const Entry& entry, const Node& is, const Pin& pin) {
  const auto file = pin.Open(O_RDONLY);
  if (!file) return Unexpected(file.error());
  return ReadContent(file->get(), is.size, KindOfDigest(entry.digest), -1, entry.path);
}

std::string Bytes(uint64_t count) { return std::to_string(count) + (count == 1 ? " byte" : " bytes"); }

class Verifier {
 public:
  explicit Verifier(const Manifest& manifest) : manifest_(manifest) {
    for (const Entry& entry : manifest.entries) known_.insert(entry.path);
  }

  Findings Run() {
    for (const Item& item : manifest_.items) CheckItem(item);
    for (const Entry& entry : manifest_.entries) {
      if (!skipped_.empty() && IsBeneath(entry.path, skipped_)) continue;
      if (auto checked = CheckEntry(entry); !checked) findings_.troubles.push_back(checked.error().message);
    }
    return std::move(findings_);
  }

 private:
  void Differs(const std::string& path, const std::string& phrase) {
    findings_.differences.push_back(Printable(path + ": " + phrase));
  }

  void CheckItem(const Item& item) {
    const auto now = ResolveItem(item.written);
    if (!now)
      findings_.troubles.push_back(now.error().message);
    else if (now->path != item.path)
      Differs(item.written, "leads to " + now->path + ", was " + item.path);
  }

  Result<void> CheckEntry(const Entry& entry) {
    const auto place = PlaceOf(entry.path);
    if (!place && place.error().kind != ErrorKind::kNotFound) return Unexpected(place.error());
    if (!place) return Compare(entry, Node{}, nullptr);
    const auto pin = Pin::Take(*place);
    if (!pin) return Unexpected(pin.error());
    const auto is = pin->Look();
    if (!is) return Unexpected(is.error());
    if (entry.is_root_of_other) {
      const auto is_root = IsRootOfOther(*place);
      if (!is_root) return Unexpected(is_root.error());
      if (*is_root != *entry.is_root_of_other) return MountDiffers(entry, *is_root);
    }
    return Compare(entry, *is, &*pin);
  }

  Result<void> MountDiffers(const Entry& entry, bool is_mounted) {
    Differs(entry.path, is_mounted ? "is a mount point, was none" : "is no mount point, was one");
    skipped_ = entry.path;  // what is beneath is of another file system
    return {};
  }

  // `pin` is null only where nothing is.
  Result<void> Compare(const Entry& entry, const Node& is, const Pin* pin) {
    const Node& was = entry.node;
    if (is.type != was.type) {
      Differs(entry.path, "is " + Describe(is) + ", was " + Describe(was));
      // One line for a folder that is gone says it all.
      if (was.type == NodeType::kFolder) skipped_ = entry.path;
      return {};
    }
    if (is.type == NodeType::kAbsent) return {};
    if (entry.role == Role::kWay) {
      if (is.is_frozen) Differs(entry.path, "is immutable or append-only (chattr), was not");
      return {};
    }
    if (is.is_mount_point) Differs(entry.path, "is a mount point, was none");
    for (const std::string& phrase : MetadataDifferences(was, is)) Differs(entry.path, phrase);
    if (is.type == NodeType::kFolder) return CompareFolder(entry);
    CompareNames(entry, is);
    return CompareContent(entry, is, *pin);
  }

  Result<void> CompareFolder(const Entry& entry) {
    const auto folder = OpenFolder(entry.path);
    if (!folder) return Unexpected(folder.error());
    const auto names = ListFolder(*folder, entry.path);
    if (!names) return Unexpected(names.error());
    for (const std::string& name : *names) {
      const std::string path = Join(entry.path, name);
      if (!known_.contains(path)) Differs(path, "is there, was absent");
    }
    return {};
  }

  void CompareNames(const Entry& entry, const Node& is) {
    if (is.names != entry.node.names)
      Differs(entry.path,
              "number of names is " + std::to_string(is.names) + ", was " + std::to_string(entry.node.names));
    if (!entry.same_as) return;
    const std::string& other = manifest_.entries[*entry.same_as].path;
    const auto place = PlaceOf(other);
    const auto node = place ? LookAt(*place) : Result<Node>(Node{});
    if (node && !IsSameNow(*node, is))
      Differs(entry.path, "is " + Describe(is) + " of its own, was the same as " + other);
  }

  Result<void> CompareContent(const Entry& entry, const Node& is, const Pin& pin) {
    const Node& was = entry.node;
    if (was.type == NodeType::kLink && is.target != was.target)
      Differs(entry.path, "leads to " + is.target + ", was " + was.target);
    if (was.type != NodeType::kFile) return {};
    if (is.size != was.size) {
      Differs(entry.path, "content is " + Bytes(is.size) + ", was " + Bytes(was.size));
      return {};
    }
    const auto digest = DigestNow(entry, is, pin);
    if (!digest) return Unexpected(digest.error());
    if (*digest != entry.digest) Differs(entry.path, "content is " + *digest + ", was " + entry.digest);
    return {};
  }

  const Manifest& manifest_;
  std::unordered_set<std::string> known_;
  std::string skipped_;  // the last folder of which one line has said all
  Findings findings_;
};

}  // namespace

Result<bool> HasSameContent(const Entry& entry, const Node& is, const Pin& pin) {
  if (is.type == NodeType::kLink) return is.target == entry.node.target;
  if (is.type != NodeType::kFile) return true;
  if (is.size != entry.node.size) return false;
  const auto digest = DigestNow(entry, is, pin);
  if (!digest) return Unexpected(digest.error());
  return *digest == entry.digest;
}

bool IsSameInode(const Node& was, const Node& is) {
  return was.type == is.type && was.inode == is.inode && was.born == is.born;
}

Findings Verify(const Manifest& manifest) { return Verifier(manifest).Run(); }

}  // namespace kedge::files
