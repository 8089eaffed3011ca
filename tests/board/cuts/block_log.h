// What a machine wrote to its disk, in order: a log in the format of Linux's dm-log-writes, as QEMU's
// blklogwrites makes it. From it and the disk as it was at the beginning comes the disk of any moment, and
// what a power cut leaves.
//
// What goes wrong (a log that is none, a disk that cannot be written) throws std::runtime_error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace kedge::board {

struct LogEntry {
  enum Flag : uint64_t { kFlush = 1, kFua = 2, kDiscard = 4, kMark = 8 };

  uint64_t sector = 0;   // of the disk; counted in the log's sector size
  uint64_t sectors = 0;  // how many it is about
  uint64_t flags = 0;
  uint64_t data = 0;  // where its content begins in the log, in bytes; a discard and a mark bring none

  bool Is(Flag flag) const { return (flags & flag) != 0; }
};

// A raw image, open for changing. Zeros are written as holes.
class DiskFile {
 public:
  explicit DiskFile(const std::string& path);
  ~DiskFile();
  DiskFile(const DiskFile&) = delete;
  DiskFile& operator=(const DiskFile&) = delete;

  void Write(uint64_t offset, const char* bytes, std::size_t size);
  void Clear(uint64_t offset, uint64_t size);

 private:
  const std::string path_;
  int fd_;
};

class BlockLog {
 public:
  // Reads the index of all entries; the contents stay in the file, which must not be changed meanwhile. QEMU
  // counts an entry before it has written it: when it was killed in between, what cannot be read is left out.
  // Nobody was told that it was written.
  explicit BlockLog(const std::string& path);
  ~BlockLog();
  BlockLog(const BlockLog&) = delete;
  BlockLog& operator=(const BlockLog&) = delete;

  const std::vector<LogEntry>& entries() const { return entries_; }
  // How many entries the disk is sure to hold after each flush, and after each write that was durable by
  // itself (FUA) and with which nothing else was under way; rising.
  std::vector<std::size_t> FlushPoints() const;
  // The last of them; 0 without one.
  std::size_t Flushed() const;

  // Entries [from, to), in order.
  void Apply(DiskFile& disk, std::size_t from, std::size_t to) const;
  // What a cut leaves: everything up to the last flush; of what is behind it the FUA writes and a random part
  // of the others, and of some of those only some sectors. The same seed leaves the same.
  void ApplyAfterCut(DiskFile& disk, uint64_t seed) const;

 private:
  bool ReadEntry(uint64_t at, LogEntry* entry) const;
  uint64_t After(const LogEntry& entry) const;
  bool LeadsToEnd(uint64_t at, uint64_t count) const;
  void ApplySome(DiskFile& disk, const LogEntry& entry, const std::vector<bool>* sectors) const;

  const std::string path_;
  int fd_;
  uint64_t size_ = 0;         // of the file
  uint64_t sector_size_ = 0;  // bytes
  std::vector<LogEntry> entries_;
};

// All of `log`, onto the raw image `disk`: after an orderly power-off.
void ApplyAll(const std::string& disk, const std::string& log);
// Up to the last flush; what is behind it is lost.
void ApplyFlushed(const std::string& disk, const std::string& log);
// As BlockLog::ApplyAfterCut.
void ApplyAfterCut(const std::string& disk, const std::string& log, uint64_t seed);

}  // namespace kedge::board
