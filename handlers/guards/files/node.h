// What stands at a path: its type, and everything about it that is guarded except the content.
//
// Nothing here follows a symbolic link. A Place is an open folder and a name in it; a Pin holds the very
// thing that was looked at, so that what is read and changed afterwards is that thing, whatever happens to
// its name.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/result.h"
#include "sys/files.h"

namespace kedge::files {

enum class NodeType { kAbsent, kFile, kFolder, kLink, kFifo, kOther };

struct Time {
  int64_t seconds = 0;
  uint32_t nanoseconds = 0;
  bool operator==(const Time&) const = default;
};

struct Node {
  NodeType type = NodeType::kAbsent;
  unsigned mode = 0;  // permission bits, set-id bits and sticky bit
  unsigned uid = 0;
  unsigned gid = 0;
  Time mtime;
  std::map<std::string, std::string>
      xattrs;          // every namespace that we may read; ACLs and capabilities are among them
  uint64_t size = 0;   // kFile
  std::string target;  // kLink
  // Which inode it is, and how many names it has. Inode numbers are used again; with the birth time they are
  // not.
  uint64_t inode = 0;
  Time born;
  uint32_t names = 0;

  // Not recorded: true only at the moment of looking.
  uint64_t device = 0;
  uint64_t disk_bytes = 0;
  Time changed;
  bool is_mount_point = false;
  // chattr +i or +a: nobody changes, removes or renames it, and nothing is removed from such a folder.
  bool is_frozen = false;
  bool is_device = false;  // kOther: a device; otherwise a socket
};

// "a file", "absent": for the sentence "is a folder, was a file".
std::string Describe(const Node& node);

struct Place {
  sys::Fd folder;    // O_PATH
  std::string name;  // in that folder; a single component
  std::string path;  // absolute, for messages
};

class Pin {
 public:
  // Empty when nothing is there.
  static Result<Pin> Take(const Place& place);
  // Of an open file, whatever its name leads to by now. `path` is for messages.
  static Result<Pin> Of(const sys::Fd& file, const std::string& path);
  explicit operator bool() const { return static_cast<bool>(fd_); }
  void Release() { fd_.reset(); }
  // Opens the pinned file itself. `flags`: O_RDONLY or O_WRONLY.
  Result<sys::Fd> Open(int flags) const;
  Result<Node> Look() const;
  // Takes the flags away that make it is_frozen (a file or a folder).
  Result<void> Thaw() const;
  // Gives it the owner, extended attributes, mode and mtime of `want`; touches only what differs.
  Result<void> Apply(const Node& want) const;

 private:
  Pin(sys::Fd fd, std::string path);
  Result<std::map<std::string, std::string>> ReadXattrs() const;
  Result<void> ApplyXattrs(const Node& want) const;

  sys::Fd fd_;
  std::string path_;  // for messages
  std::string proc_;  // /proc/self/fd/N: leads to the pinned thing and no further
};

// Pin and Look in one: an absent node when nothing is there.
Result<Node> LookAt(const Place& place);

// Whether they are the same inode, looked at both times since the system was started.
bool IsSameNow(const Node& one, const Node& other);

// Whether another file system is mounted at `place`; what mounts itself when it is entered is mounted for
// that.
Result<bool> IsRootOfOther(const Place& place);

// What differs in mode, owner, mtime and xattrs, as phrases "mode is 0644, was 0600"; empty when nothing
// does.
std::vector<std::string> MetadataDifferences(const Node& was, const Node& is);

}  // namespace kedge::files
