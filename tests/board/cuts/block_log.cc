#include "board/cuts/block_log.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <random>
#include <stdexcept>

namespace kedge::board {
namespace {

constexpr uint64_t kMagic = 0x6a736677736872;  // linux/drivers/md/dm-log-writes.c
constexpr uint64_t kVersion = 1;
constexpr uint64_t kAllFlags = LogEntry::kFlush | LogEntry::kFua | LogEntry::kDiscard | LogEntry::kMark;
constexpr std::size_t kHeaderSize = 32;

[[noreturn]] void Fail(const std::string& path, const std::string& what) {
  throw std::runtime_error(path + ": " + what);
}

uint64_t Little(const unsigned char* bytes, std::size_t size) {
  uint64_t value = 0;
  for (std::size_t i = size; i > 0; --i) value = value << 8 | bytes[i - 1];
  return value;
}

bool ReadAt(int fd, uint64_t offset, void* into, std::size_t size) {
  auto* bytes = static_cast<char*>(into);
  while (size > 0) {
    const ssize_t got = pread(fd, bytes, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes += got;
    offset += static_cast<uint64_t>(got);
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

DiskFile::DiskFile(const std::string& path) : path_(path), fd_(open(path.c_str(), O_RDWR | O_CLOEXEC)) {
  if (fd_ < 0) Fail(path, std::strerror(errno));
}

DiskFile::~DiskFile() { close(fd_); }

void DiskFile::Write(uint64_t offset, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t put = pwrite(fd_, bytes, size, static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) Fail(path_, std::string("cannot be written: ") + std::strerror(errno));
    bytes += put;
    offset += static_cast<uint64_t>(put);
    size -= static_cast<std::size_t>(put);
  }
}

void DiskFile::Clear(uint64_t offset, uint64_t size) {
  if (fallocate(fd_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                static_cast<off_t>(size)) != 0) {
    Fail(path_, std::string("cannot be cleared: ") + std::strerror(errno));
  }
}

BlockLog::BlockLog(const std::string& path) : path_(path), fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (fd_ < 0) Fail(path, std::strerror(errno));
  try {
    struct stat status {};
    if (fstat(fd_, &status) != 0) Fail(path, std::strerror(errno));
    size_ = static_cast<uint64_t>(status.st_size);
    if (size_ == 0) return;  // nothing was written yet, and so no superblock either
    // magic, version, number of entries: 8 bytes each; sector size: 4.
    std::array<unsigned char, 28> super{};
    if (!ReadAt(fd_, 0, super.data(), super.size()) || Little(super.data(), 8) != kMagic)
      Fail(path, "is no dm-log-writes log");
    if (Little(&super[8], 8) != kVersion) Fail(path, "is a dm-log-writes log of another version");
    const uint64_t count = Little(&super[16], 8);
    sector_size_ = Little(&super[24], 4);
    if (sector_size_ < 512 || sector_size_ > 65536) Fail(path, "has an impossible sector size");

    uint64_t at = sector_size_;
    for (uint64_t i = 0; i < count; ++i) {
      LogEntry entry;
      // A write that QEMU was killed in: the next entry is where the rest fits to the log's end, if it is
      // there at all.
      while (!ReadEntry(at, &entry)) {
        do {
          at += sector_size_;
        } while (at < size_ && !LeadsToEnd(at, count - i - 1));
        if (at >= size_ || ++i >= count) return;
      }
      entries_.push_back(entry);
      at = After(entry);
    }
  } catch (...) {
    close(fd_);
    throw;
  }
}

BlockLog::~BlockLog() { close(fd_); }

// A header is 32 bytes in a sector of zeros.
bool BlockLog::ReadEntry(uint64_t at, LogEntry* entry) const {
  std::vector<unsigned char> sector(sector_size_);
  if (!ReadAt(fd_, at, sector.data(), sector.size())) return false;
  entry->sector = Little(sector.data(), 8);
  entry->sectors = Little(&sector[8], 8);
  entry->flags = Little(&sector[16], 8);
  entry->data = at + sector_size_;
  if ((entry->flags & ~kAllFlags) != 0 || (entry->sectors == 0 && entry->flags == 0)) return false;
  const bool is_mark = entry->Is(LogEntry::kMark);
  if (!is_mark &&
      !std::all_of(sector.begin() + kHeaderSize, sector.end(), [](unsigned char c) { return c == 0; }))
    return false;
  return After(*entry) <= size_;
}

// A mark's words stand in the header's own sector.
uint64_t BlockLog::After(const LogEntry& entry) const {
  if (entry.Is(LogEntry::kDiscard) || entry.Is(LogEntry::kMark)) return entry.data;
  return entry.data + entry.sectors * sector_size_;
}

bool BlockLog::LeadsToEnd(uint64_t at, uint64_t count) const {
  LogEntry entry;
  for (; count > 0; --count) {
    if (!ReadEntry(at, &entry)) return false;
    at = After(entry);
  }
  return at >= size_;
}

std::vector<std::size_t> BlockLog::FlushPoints() const {
  std::vector<std::size_t> points;
  const auto add = [&points](std::size_t point) {
    if (points.empty() || points.back() < point) points.push_back(point);
  };
  bool all_durable = true;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const LogEntry& entry = entries_[i];
    // A flush is about what came before it, not about content of its own.
    if (entry.Is(LogEntry::kFlush)) {
      all_durable = true;
      if (i > 0) add(i);
    }
    if (entry.sectors > 0 && !entry.Is(LogEntry::kFua)) all_durable = false;
    if (all_durable && (entry.Is(LogEntry::kFlush) || entry.Is(LogEntry::kFua))) add(i + 1);
  }
  return points;
}

std::size_t BlockLog::Flushed() const {
  const auto points = FlushPoints();
  return points.empty() ? 0 : points.back();
}

void BlockLog::Apply(DiskFile& disk, std::size_t from, std::size_t to) const {
  for (std::size_t i = from; i < std::min(to, entries_.size()); ++i) ApplySome(disk, entries_[i], nullptr);
}

void BlockLog::ApplyAfterCut(DiskFile& disk, uint64_t seed) const {
  const std::size_t flushed = Flushed();
  Apply(disk, 0, flushed);
  std::mt19937_64 random(seed);
  // How much of its cache a disk has written by itself differs: nearly nothing, nearly all, anything between.
  const uint64_t percent = random() % 101;
  constexpr uint64_t kTornPercent = 20;
  for (std::size_t i = flushed; i < entries_.size(); ++i) {
    const LogEntry& entry = entries_[i];
    if (!entry.Is(LogEntry::kFua)) {
      if (random() % 100 >= percent) continue;
      if (random() % 100 < kTornPercent) {
        std::vector<bool> sectors(entry.sectors);
        for (std::size_t n = 0; n < sectors.size(); ++n) sectors[n] = random() % 2 == 0;
        ApplySome(disk, entry, &sectors);
        continue;
      }
    }
    ApplySome(disk, entry, nullptr);
  }
}

// `sectors`: which of them; none: all.
void BlockLog::ApplySome(DiskFile& disk, const LogEntry& entry, const std::vector<bool>* sectors) const {
  if (entry.sectors == 0 || entry.Is(LogEntry::kMark)) return;
  const uint64_t offset = entry.sector * sector_size_;
  if (entry.Is(LogEntry::kDiscard)) return disk.Clear(offset, entry.sectors * sector_size_);
  std::vector<char> bytes(entry.sectors * sector_size_);
  if (!ReadAt(fd_, entry.data, bytes.data(), bytes.size())) Fail(path_, "ends within an entry");
  if (sectors == nullptr) return disk.Write(offset, bytes.data(), bytes.size());
  for (std::size_t n = 0; n < sectors->size(); ++n) {
    if ((*sectors)[n]) disk.Write(offset + n * sector_size_, &bytes[n * sector_size_], sector_size_);
  }
}

void ApplyAll(const std::string& disk, const std::string& log) {
  const BlockLog read(log);
  DiskFile file(disk);
  read.Apply(file, 0, read.entries().size());
}

void ApplyFlushed(const std::string& disk, const std::string& log) {
  const BlockLog read(log);
  DiskFile file(disk);
  read.Apply(file, 0, read.Flushed());
}

void ApplyAfterCut(const std::string& disk, const std::string& log, uint64_t seed) {
  const BlockLog read(log);
  DiskFile file(disk);
  read.ApplyAfterCut(file, seed);
}

}  // namespace kedge::board
