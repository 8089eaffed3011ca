#include "guards/files/scan.h"

#include <climits>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "guards/files/folder.h"

namespace kedge::files {
namespace {

class Scanner {
 public:
  Result<void> Guard(const std::string& path) {
    auto reached = AddWay(SplitPath(path).first);
    if (!reached) return Unexpected(reached.error());
    if (*reached) return AddTree(path);
    Add(Role::kGuarded, path, Node{});
    return {};
  }

  std::vector<Entry> TakeEntries() { return std::move(entries_); }

 private:
  void Add(Role role, const std::string& path, Node node, std::optional<bool> is_root_of_other = {}) {
    Entry entry;
    entry.is_root_of_other = is_root_of_other;
    entry.role = role;
    entry.path = path;
    entry.node = std::move(node);
    const Node& is = entry.node;
    if (is.type != NodeType::kAbsent && is.type != NodeType::kFolder && is.names > 1) {
      const auto [known, is_new] = by_inode_.emplace(std::pair(is.device, is.inode), entries_.size());
      if (!is_new) entry.same_as = known->second;
    }
    if (is.type == NodeType::kFile) entry.copy = entry.same_as ? entries_[*entry.same_as].copy : next_copy_++;
    entries_.push_back(std::move(entry));
  }

  // Adds the folders that lead to `path`, itself included. False when one of them is absent.
  Result<bool> AddWay(const std::string& path) {
    if (path == "/") return true;
    auto parent_reached = AddWay(SplitPath(path).first);
    if (!parent_reached) return parent_reached;
    Node node;
    std::optional<bool> is_root_of_other;
    if (*parent_reached) {
      const auto place = PlaceOf(path);
      if (!place) return Unexpected(place.error());
      auto looked = LookAt(*place);
      if (!looked) return Unexpected(looked.error());
      node = *std::move(looked);
      if (node.type != NodeType::kAbsent && node.type != NodeType::kFolder)
        return Unexpected(ErrorKind::kDenied, Printable(path) + " is " + Describe(node) + ", not a folder");
      if (auto thawed = CheckThawed(path, node); !thawed) return Unexpected(thawed.error());
      const auto is_root = IsRootOfOther(*place);
      if (!is_root) return is_root;
      is_root_of_other = *is_root;
    }
    const bool is_there = node.type == NodeType::kFolder;
    if (ways_.insert(path).second) Add(Role::kWay, path, std::move(node), is_root_of_other);
    return is_there;
  }

  Result<void> AddTree(const std::string& top) {
    std::vector<std::string> waiting = {top};
    while (!waiting.empty()) {
      const std::string path = std::move(waiting.back());
      waiting.pop_back();
      if (path.size() >= PATH_MAX)
        return Unexpected(ErrorKind::kDenied, Printable(top) + " is nested too deep to be guarded");
      const auto place = PlaceOf(path);
      if (!place) return Unexpected(place.error());
      auto node = LookAt(*place);
      if (!node) return Unexpected(node.error());
      if (auto fit = CheckFit(path, *node); !fit) return fit;
      if (node->type == NodeType::kAbsent && path != top) continue;  // removed since it was listed
      if (node->type == NodeType::kFolder) {
        const auto folder = EnterFolder(*place);
        if (!folder) return Unexpected(folder.error());
        const auto names = ListFolder(*folder, path);
        if (!names) return Unexpected(names.error());
        for (auto name = names->rbegin(); name != names->rend(); ++name) waiting.push_back(Join(path, *name));
      }
      Add(Role::kGuarded, path, *std::move(node));
    }
    return {};
  }

  static Result<void> CheckThawed(const std::string& path, const Node& node) {
    if (!node.is_frozen) return {};
    return Unexpected(ErrorKind::kDenied,
                      Printable(path) +
                          " is immutable or append-only (chattr +i, +a) and could not be put back; take "
                          "that flag away, or name what the step changes");
  }

  static Result<void> CheckFit(const std::string& path, const Node& node) {
    if (node.is_mount_point)
      return Unexpected(ErrorKind::kDenied,
                        Printable(path) + " is a mount point; name the files in it instead");
    if (node.type == NodeType::kOther)
      return Unexpected(ErrorKind::kDenied,
                        Printable(path) + " is " + Describe(node) + " and cannot be guarded");
    return CheckThawed(path, node);
  }

  std::vector<Entry> entries_;
  std::set<std::string> ways_;
  std::map<std::pair<uint64_t, uint64_t>, size_t> by_inode_;
  size_t next_copy_ = 0;
};

}  // namespace

Result<std::vector<Entry>> Scan(const std::vector<std::string>& paths) {
  Scanner scanner;
  for (const std::string& path : paths) {
    if (auto guarded = scanner.Guard(path); !guarded) return Unexpected(guarded.error());
  }
  return scanner.TakeEntries();
}

}  // namespace kedge::files
