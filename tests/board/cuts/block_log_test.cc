// Reads logs that are made here byte by byte, and one that QEMU itself writes.
#include "board/cuts/block_log.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <string>

#include "rig/files.h"
#include "rig/program.h"

namespace kedge::board {
namespace {

constexpr std::size_t kSector = 512;

class Folder {
 public:
  Folder() {
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("cannot make " + path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string At(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_ = (std::filesystem::temp_directory_path() / "kedge-block-log-XXXXXX").string();
};

std::string Number(uint64_t value, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

std::string Padded(std::string text) {
  text.resize((text.size() + kSector - 1) / kSector * kSector, '\0');
  return text;
}

std::string Sectors(const std::string& letters) {
  std::string content;
  for (const char letter : letters) content += std::string(kSector, letter);
  return content;
}

// A log as it is written: entries are added one by one. One letter is a sector full of it.
class Writer {
 public:
  Writer& Write(uint64_t sector, const std::string& letters, uint64_t flags = 0) {
    return Entry(sector, letters.size(), flags, Sectors(letters));
  }
  Writer& Flush() { return Entry(0, 0, LogEntry::kFlush, ""); }
  Writer& Discard(uint64_t sector, uint64_t count) { return Entry(sector, count, LogEntry::kDiscard, ""); }
  // Counted, but what QEMU was killed in: nothing of it is in the file but a hole.
  Writer& Torn(std::size_t sectors) {
    ++count_;
    body_ += std::string((1 + sectors) * kSector, '\0');
    return *this;
  }
  std::string Text() const {
    return Padded(Number(0x6a736677736872, 8) + Number(1, 8) + Number(count_, 8) + Number(kSector, 4)) +
           body_;
  }

 private:
  Writer& Entry(uint64_t sector, uint64_t count, uint64_t flags, const std::string& content) {
    ++count_;
    body_ += Padded(Number(sector, 8) + Number(count, 8) + Number(flags, 8) + Number(0, 8)) + content;
    return *this;
  }
  uint64_t count_ = 0;
  std::string body_;
};

// A disk of eight sectors of '.', and a letter for each sector of what becomes of it.
class Disk {
 public:
  explicit Disk(const Writer& writer) : Disk(writer.Text()) {}
  explicit Disk(const std::string& log) {
    rig::WriteFile(log_path(), log);
    rig::WriteFile(path(), Sectors("........"));
  }
  std::string path() const { return folder_.At("disk"); }
  std::string log_path() const { return folder_.At("log"); }
  // "#": sectors that are not of one letter.
  std::string Letters() const {
    const std::string content = rig::ReadIfThere(path());
    std::string letters;
    for (std::size_t at = 0; at < content.size(); at += kSector) {
      const char letter = content[at];
      const bool whole = content.substr(at, kSector) == std::string(kSector, letter);
      letters += !whole ? '#' : letter == '\0' ? '0' : letter;
    }
    return letters;
  }
  std::string AfterCut(uint64_t seed) const {
    rig::WriteFile(path(), Sectors("........"));
    ApplyAfterCut(path(), log_path(), seed);
    return Letters();
  }

 private:
  Folder folder_;
};

TEST_CASE("all of a log makes the disk of its end, a flush the disk of its moment") {
  Disk disk(Writer().Write(1, "ab").Discard(4, 2).Flush().Write(2, "c").Write(6, "d"));
  ApplyFlushed(disk.path(), disk.log_path());
  CHECK(disk.Letters() == ".ab.00..");
  ApplyAll(disk.path(), disk.log_path());
  CHECK(disk.Letters() == ".ac.00d.");
}

TEST_CASE("flush points are where all is durable that was written") {
  const Disk disk(Writer()
                      .Flush()
                      .Write(0, "a", LogEntry::kFua)
                      .Write(1, "b")
                      .Write(2, "c", LogEntry::kFua)
                      .Flush()
                      .Flush());
  const BlockLog log(disk.log_path());
  CHECK(log.entries().size() == 6);
  CHECK(log.FlushPoints() == std::vector<std::size_t>{1, 2, 4, 5, 6});
}

TEST_CASE("a write that brings its own flush is not durable by it") {
  const Disk disk(Writer().Write(0, "a").Write(1, "b", LogEntry::kFlush));
  CHECK(BlockLog(disk.log_path()).FlushPoints() == std::vector<std::size_t>{1});
}

TEST_CASE("a cut keeps what was flushed and FUA, and any part of the rest") {
  const Disk disk(Writer().Write(0, "a").Flush().Write(1, "bb").Write(3, "c", LogEntry::kFua).Write(1, "d"));
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    const std::string letters = disk.AfterCut(seed);
    CHECK(letters == disk.AfterCut(seed));
    CHECK(letters[0] == 'a');
    CHECK(letters[3] == 'c');
    CHECK(letters.substr(4) == "....");
    seen.insert(letters.substr(1, 2));
  }
  // Neither, only the older write or a half of it, only the newer one, both.
  CHECK(seen == std::set<std::string>{"..", ".b", "b.", "bb", "d.", "db"});
}

TEST_CASE("nothing flushed is nothing sure") {
  const Disk disk(Writer().Write(0, "a"));
  ApplyFlushed(disk.path(), disk.log_path());
  CHECK(disk.Letters() == "........");
}

TEST_CASE("an entry that was counted but not written is left out, and what follows is found") {
  SUBCASE("at the end") {
    Disk disk(Writer().Write(0, "a").Torn(3));
    ApplyAll(disk.path(), disk.log_path());
    CHECK(disk.Letters() == "a.......");
  }
  SUBCASE("not even a hole is there") {
    const std::string text = Writer().Write(0, "a").Torn(3).Text();
    Disk disk(text.substr(0, text.size() - 4 * kSector));
    ApplyAll(disk.path(), disk.log_path());
    CHECK(disk.Letters() == "a.......");
  }
  SUBCASE("before others") {
    Disk disk(Writer().Write(0, "a").Torn(2).Write(4, "bc").Flush().Write(7, "d"));
    ApplyFlushed(disk.path(), disk.log_path());
    CHECK(disk.Letters() == "a...bc..");
    ApplyAll(disk.path(), disk.log_path());
    CHECK(disk.Letters() == "a...bc.d");
  }
}

TEST_CASE("a machine that has written nothing has an empty log") {
  const Disk disk(std::string{});
  CHECK(BlockLog(disk.log_path()).entries().empty());
  CHECK(disk.AfterCut(1) == "........");
}

TEST_CASE("what is no log is refused") {
  const Disk disk(std::string(4096, 'x'));
  CHECK_THROWS_AS(BlockLog(disk.log_path()), std::runtime_error);
  CHECK_THROWS_AS(BlockLog(disk.log_path() + "-missing"), std::runtime_error);
}

TEST_CASE("a log of QEMU's own makes the same disk" * doctest::skip(access("/usr/bin/qemu-io", X_OK) != 0)) {
  const Folder folder;
  const std::string size = std::string(1 << 20, '\0');
  for (const char* name : {"live", "replayed"}) rig::WriteFile(folder.At(name), size);
  rig::WriteFile(folder.At("log"), "");
  const std::string file = "driver=blklogwrites,file.driver=file,file.filename=" + folder.At("live") +
                           ",log.driver=file,log.filename=" + folder.At("log") +
                           ",log-sector-size=512,log-super-update-interval=1";
  const auto done =
      rig::Run({"/usr/bin/qemu-io", "--image-opts", "-c", "write -P 0x61 4096 8192", "-c", "flush", "-c",
                "write -f -P 0x62 65536 512", "-c", "discard 4096 4096", "-c", "flush", "-c",
                "write -P 0x63 131072 65536", "-c", "write -z 135168 4096", file},
               folder.At(""));
  REQUIRE_MESSAGE(done.status == 0, done.out << done.err);
  ApplyAll(folder.At("replayed"), folder.At("log"));
  CHECK(rig::ReadIfThere(folder.At("replayed")) == rig::ReadIfThere(folder.At("live")));
  CHECK(BlockLog(folder.At("log")).FlushPoints().size() >= 3);
}

}  // namespace
}  // namespace kedge::board
