// Folders: opening them without following a link, listing, removing what is beneath, putting something in
// place.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "guards/files/node.h"

namespace kedge::files {

// "/a/b" is {"/a", "b"}; "/a" is {"/", "a"}.
std::pair<std::string, std::string> SplitPath(const std::string& path);
std::string Join(const std::string& folder, const std::string& name);
// `path` itself, or something beneath it.
bool IsBeneath(const std::string& path, const std::string& folder);
// For one line of text: control characters as \xNN.
std::string Printable(const std::string& path);

// Opens the folder at an absolute `path` (O_PATH), component by component and never through a symbolic link:
// a link that was put in the way since the snapshot is not followed. kNotFound: a component is missing.
// kDenied: a component is a link or no folder; the message names it.
Result<sys::Fd> OpenFolder(const std::string& path);
// The place of `path` in its parent folder; errors as above.
Result<Place> PlaceOf(const std::string& path);
// A place in the same folder.
Result<Place> Beside(const Place& place, const std::string& name);
// The folder at `place`, opened.
Result<sys::Fd> EnterFolder(const Place& place);

// Refusals. What is mounted at `path` is somebody else's, and not to be changed.
Unexpected MountedOver(const std::string& path);
// What stands at `path` is not what was looked at, and does not get the owner and the mode that were
// recorded.
Unexpected ReplacedMeanwhile(const std::string& path);

// Names in the folder, sorted, without "." and "..".
Result<std::vector<std::string>> ListFolder(const sys::Fd& folder, const std::string& path);
Result<void> SyncFolder(const sys::Fd& folder, const std::string& path);

// unlinkat(2), also of what the step made immutable or append-only. False, with errno, when it cannot be.
bool Unlink(int folder, const std::string& name, int flags);
// Removes what is at `place`, and everything beneath it, to any depth. A mount point beneath it is an error:
// what is mounted there is not ours to empty. Nothing there is fine.
Result<void> RemoveTree(const Place& place);

// Gives `made`, which is complete, the name `name` in the same folder, in one step where the file system can,
// whatever `is` there now; what was there is removed.
Result<void> PutInPlace(const Place& place, const Node& is, const std::string& made, const Node& made_node);

}  // namespace kedge::files
