#include "guards/files/content.h"

#include <linux/fs.h>
#include <openssl/evp.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <vector>

#include "sys/files.h"

namespace kedge::files {
namespace {

constexpr uint64_t kBlock = 4096;
constexpr size_t kBufferBytes = 32 * kBlock;

Unexpected Failed(const std::string& what) { return Unexpected(sys::ErrnoError(what, errno)); }

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    is_good_ = context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1;
  }
  void Add(const void* bytes, size_t count) {
    is_good_ = is_good_ && EVP_DigestUpdate(context_.get(), bytes, count) == 1;
  }
  void AddNumber(uint64_t number) {
    unsigned char bytes[8];
    for (unsigned i = 0; i < 8; ++i) bytes[i] = static_cast<unsigned char>(number >> (8 * i));
    Add(bytes, sizeof bytes);
  }
  // Empty when the library refused (out of memory).
  std::string Hex() {
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (!is_good_ || EVP_DigestFinal_ex(context_.get(), hash, &length) != 1) return "";
    constexpr char kDigits[] = "0123456789abcdef";
    std::string hex;
    for (unsigned i = 0; i < length; ++i) {
      hex += kDigits[hash[i] >> 4U];
      hex += kDigits[hash[i] & 15U];
    }
    return hex;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
  bool is_good_ = false;
};

bool IsZero(const char* bytes, size_t count) {
  return std::all_of(bytes, bytes + count, [](char c) { return c == 0; });
}

class ContentHash {
 public:
  explicit ContentHash(DigestKind kind)
      : kind_(kind), zeros_(kind == DigestKind::kSha256 ? kBufferBytes : 0) {}

  void Hole(uint64_t count) {
    while (kind_ == DigestKind::kSha256 && count > 0) {
      const auto part = static_cast<size_t>(std::min<uint64_t>(count, zeros_.size()));
      hash_.Add(zeros_.data(), part);
      count -= part;
    }
  }

  // `offset` is a multiple of kBlock when the kind is kBlocks.
  void Data(uint64_t offset, const char* bytes, size_t count) {
    if (kind_ == DigestKind::kSha256) return hash_.Add(bytes, count);
    for (size_t done = 0; done < count; done += kBlock) {
      const size_t part = std::min<size_t>(kBlock, count - done);
      if (IsZero(bytes + done, part)) continue;
      hash_.AddNumber(offset + done);
      hash_.Add(bytes + done, part);
    }
  }

  Result<std::string> Finish(uint64_t size) {
    if (kind_ == DigestKind::kBlocks) hash_.AddNumber(size);
    const std::string hex = hash_.Hex();
    if (hex.empty()) return Unexpected(ErrorKind::kUnavailable, "SHA-256 is not available");
    return (kind_ == DigestKind::kSha256 ? "sha256:" : "blocks:") + hex;
  }

 private:
  DigestKind kind_;
  Sha256 hash_;
  std::vector<char> zeros_;
};

// Fills the buffer from `offset` as far as the file goes.
Result<size_t> ReadAt(int from, char* buffer, size_t count, uint64_t offset, const std::string& path) {
  size_t filled = 0;
  while (filled < count) {
    const ssize_t got = pread(from, buffer + filled, count - filled, static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failed("read " + path);
    if (got == 0) return Unexpected(ErrorKind::kBusy, path + " became shorter while it was read");
    filled += static_cast<size_t>(got);
  }
  return filled;
}

Result<void> WriteAt(int to, const char* bytes, size_t count, uint64_t offset, const std::string& path) {
  while (count > 0) {
    const ssize_t wrote = pwrite(to, bytes, count, static_cast<off_t>(offset));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return Failed("write the copy of " + path);
    bytes += wrote;
    count -= static_cast<size_t>(wrote);
    offset += static_cast<uint64_t>(wrote);
  }
  return {};
}

// The next stretch of data at or after `offset`, on whole blocks; {size, size} when only a hole is left.
std::pair<uint64_t, uint64_t> NextData(int from, uint64_t offset, uint64_t size) {
  const off_t data = lseek(from, static_cast<off_t>(offset), SEEK_DATA);
  if (data < 0) return errno == ENXIO ? std::pair(size, size) : std::pair(offset, size);
  const off_t hole = lseek(from, data, SEEK_HOLE);
  const uint64_t start = std::max(offset, static_cast<uint64_t>(data) / kBlock * kBlock);
  const uint64_t end = hole < 0 ? size : (static_cast<uint64_t>(hole) + kBlock - 1) / kBlock * kBlock;
  return {std::min(start, size), std::min(end, size)};
}

}  // namespace

DigestKind KindOfDigest(const std::string& digest) {
  return digest.starts_with("blocks:") ? DigestKind::kBlocks : DigestKind::kSha256;
}

DigestKind KindFor(int file, uint64_t size) {
  const off_t hole = lseek(file, 0, SEEK_HOLE);
  return hole >= 0 && static_cast<uint64_t>(hole) < size ? DigestKind::kBlocks : DigestKind::kSha256;
}

Result<std::string> ReadContent(int from, uint64_t size, DigestKind kind, int to, const std::string& path) {
  ContentHash hash(kind);
  std::vector<char> buffer(kBufferBytes);
  for (uint64_t offset = 0; offset < size;) {
    const auto [start, end] = NextData(from, offset, size);
    hash.Hole(start - offset);
    for (offset = start; offset < end;) {
      const auto wanted = static_cast<size_t>(std::min<uint64_t>(buffer.size(), end - offset));
      const auto got = ReadAt(from, buffer.data(), wanted, offset, path);
      if (!got) return Unexpected(got.error());
      hash.Data(offset, buffer.data(), *got);
      if (to >= 0) {
        if (auto written = WriteAt(to, buffer.data(), *got, offset, path); !written)
          return Unexpected(written.error());
      }
      offset += *got;
    }
  }
  if (to >= 0 && ftruncate(to, static_cast<off_t>(size)) != 0) return Failed("write the copy of " + path);
  return hash.Finish(size);
}

bool CloneContent(int from, int to) { return ioctl(to, FICLONE, from) == 0; }

std::string HashText(const std::string& text) {
  Sha256 hash;
  hash.Add(text.data(), text.size());
  return hash.Hex();
}

}  // namespace kedge::files
