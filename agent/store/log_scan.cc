#include "store/log_scan.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "store/journal_file.h"
#include "sys/files.h"

namespace kedge::store {
namespace {

constexpr size_t kHeader = 32;
constexpr size_t kFrameHeader = 24;
constexpr uint32_t kMagic = 0x377F0682;  // the last bit says: checksums over big-endian words

uint32_t BigEndian(const unsigned char* at) {
  return static_cast<uint32_t>(at[0]) << 24 | static_cast<uint32_t>(at[1]) << 16 |
         static_cast<uint32_t>(at[2]) << 8 | static_cast<uint32_t>(at[3]);
}

// The log's running checksum.
struct RunningSum {
  bool big_endian = false;
  uint32_t first = 0, second = 0;

  void Add(const unsigned char* bytes, size_t size) {
    for (size_t at = 0; at < size; at += 8) {
      first += Word(bytes + at) + second;
      second += Word(bytes + at + 4) + first;
    }
  }
  bool Fits(const unsigned char* stored) const {
    return first == BigEndian(stored) && second == BigEndian(stored + 4);
  }

 private:
  uint32_t Word(const unsigned char* at) const {
    return big_endian ? BigEndian(at) : __builtin_bswap32(BigEndian(at));
  }
};

class LogReader {
 public:
  LogReader(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  Result<LogScan> Scan() {
    if (!Read(0, kHeader)) return End();
    sum_.big_endian = (BigEndian(buffer_.data()) & 1U) != 0;
    sum_.Add(buffer_.data(), kHeader - 8);
    const bool fits = (BigEndian(buffer_.data()) & ~1U) == kMagic &&
                      sum_.Fits(buffer_.data() + kHeader - 8) && BigEndian(buffer_.data() + 8) == kPageSize;
    std::copy_n(buffer_.data() + 16, 8, salt_.begin());
    if (!fits) {
      // It is synced before the first frame is written.
      if (Read(kHeader, kFrameHeader + kPageSize)) scan_.damage = "the header of its log is damaged";
      return End();
    }
    int64_t offset = kHeader;
    while (ReadFrame(offset) && IsOurs() && FrameFits()) {
      pending_.push_back({BigEndian(buffer_.data()), offset + static_cast<int64_t>(kFrameHeader)});
      if (IsCommit()) {
        scan_.frames.insert(scan_.frames.end(), pending_.begin(), pending_.end());
        pending_.clear();
        scan_.database_pages = BigEndian(buffer_.data() + 4);
      }
      offset += kFrame;
    }
    LookBehind(offset);
    return End();
  }

 private:
  static constexpr int64_t kFrame = kFrameHeader + kPageSize;

  // The first frame that does not fit stands at `offset`. A commit that a power cut tore is the last: the
  // next one is written only when it is on the disk.
  void LookBehind(int64_t offset) {
    bool commit = false;
    for (bool first = true; ReadFrame(offset); first = false, offset += kFrame) {
      if (!first && !IsOurs()) return;  // left over from before the log was written over
      if (commit) {
        scan_.damage = "its log is damaged before commits that were on the disk";
        return;
      }
      commit = IsCommit();
    }
  }

  bool IsOurs() const { return std::equal(salt_.begin(), salt_.end(), buffer_.begin() + 8); }
  bool IsCommit() const { return BigEndian(buffer_.data() + 4) != 0; }
  bool FrameFits() {
    sum_.Add(buffer_.data(), 8);
    sum_.Add(buffer_.data() + kFrameHeader, kPageSize);
    return sum_.Fits(buffer_.data() + 16);
  }

  bool ReadFrame(int64_t offset) { return Read(offset, static_cast<size_t>(kFrame)); }

  // False: the file ends before `size` bytes, or cannot be read.
  bool Read(int64_t offset, size_t size) {
    size_t have = 0;
    while (have < size && error_ == 0) {
      const ssize_t got = pread(fd_, buffer_.data() + have, size - have, offset + static_cast<int64_t>(have));
      if (got == 0) return false;
      if (got > 0) have += static_cast<size_t>(got);
      if (got < 0 && errno != EINTR) error_ = errno;
    }
    return error_ == 0;
  }

  Result<LogScan> End() {
    if (error_ != 0) return Unexpected(sys::ErrnoError("read " + path_, error_));
    return std::move(scan_);
  }

  int fd_;
  std::string path_;
  int error_ = 0;
  std::array<unsigned char, kFrame> buffer_{};
  std::array<unsigned char, 8> salt_{};
  RunningSum sum_;
  std::vector<LogFrame> pending_;
  LogScan scan_;
};

}  // namespace

Result<LogScan> ScanLog(const std::string& path) {
  const sys::Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd && errno == ENOENT) return LogScan{};
  if (!fd) return Unexpected(sys::ErrnoError("open " + path, errno));
  return LogReader(fd.get(), path).Scan();
}

}  // namespace kedge::store
