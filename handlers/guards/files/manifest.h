// The snapshot's list of what was where. The format is described in ../FILES.md, for people and other
// programs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "guards/files/node.h"

namespace kedge::files {

// Why a path is in the list.
enum class Role {
  kGuarded,  // put back and verified
  kWay,  // a folder on the way to something guarded: made again if it is gone, removed if it was absent and
         // is empty
};

struct Entry {
  Role role = Role::kGuarded;
  std::string path;  // absolute, no link on the way to it
  Node node;
  // kWay only: whether another file system is mounted there. Manifests of older versions do not say.
  std::optional<bool> is_root_of_other;
  // kFile only:
  std::string digest;
  size_t copy = 0;                // the copy's number
  std::optional<size_t> same_as;  // another name of that entry (files, links, fifos); it has the copy
};

// What the caller named, and where that led when the snapshot was taken.
struct Item {
  std::string written;
  std::string path;
};

struct Manifest {
  std::string id;  // random, [a-zA-Z0-9]: part of the names of files that restore makes
  std::vector<Item> items;
  std::vector<Entry> entries;  // a folder stands before what is in it
};

std::string Encode(const Manifest& manifest);
// kCorrupt with the reason when `text` is not a whole manifest of a version that we know.
Result<Manifest> Decode(std::string_view text);

// The name that restore gives to what it makes for entry `index` until it is complete.
std::string TemporaryName(const Manifest& manifest, size_t index);

}  // namespace kedge::files
