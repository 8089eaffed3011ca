// Contents of files: read as a stream, hashed, and copied with their holes. Memory: one buffer.
#pragma once

#include <cstdint>
#include <string>

#include "core/result.h"

namespace kedge::files {

// How a content is hashed. A digest's text begins with the kind, so that the same one is used for comparing.
enum class DigestKind {
  kSha256,  // "sha256:HEX", of the whole content
  // "blocks:HEX", for a file with holes, which may be of any size: SHA-256 over each 4,096-byte block that is
  // not all zeros, preceded by its offset, and over the file's size at the end (both 8 bytes, little endian).
  // Does not depend on where the holes are.
  kBlocks,
};
DigestKind KindOfDigest(const std::string& digest);

// kBlocks when the file has a hole.
DigestKind KindFor(int file, uint64_t size);

// Reads `size` bytes of `from`; writes them to `to` (an empty file) unless that is -1, leaving holes where
// `from` has some. Gives the digest. `path` is for messages. kBusy: the file became shorter meanwhile;
// kUnavailable: no room.
Result<std::string> ReadContent(int from, uint64_t size, DigestKind kind, int to, const std::string& path);

// Makes `to`, an empty file, share the blocks of all of `from` (a reflink): at once, and without room. False
// where the file system cannot, or they lie on different ones; nothing has changed then.
bool CloneContent(int from, int to);

// SHA-256 of `text`, in hex.
std::string HashText(const std::string& text);

}  // namespace kedge::files
