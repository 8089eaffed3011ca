#include "sim/sqlite_disk.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "store/journal.h"

namespace kedge::sim {
namespace {

namespace fs = std::filesystem;

class SqliteDisk : public Disk {
 public:
  explicit SqliteDisk(fs::path folder) : folder_(std::move(folder)) {}
  ~SqliteDisk() override {
    journal_.reset();
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  Result<void> Open() {
    auto opened = store::OpenJournal((Life() / "journal.db").string());
    if (!opened) return Unexpected(opened.error());
    journal_ = std::move(*opened);
    return {};
  }

  Result<void> Commit(const State& before, const State& after,
                      const std::vector<HistoryEntry>& history) override {
    return journal_->Commit(before, after, history);
  }

  Result<State> Reopen(const TornCommit* torn) override {
    const fs::path old = Life();
    const fs::path log = old / "journal.db-wal";
    std::error_code failed;
    const uintmax_t whole = fs::exists(log) ? fs::file_size(log) : 0;
    if (torn != nullptr) {
      if (auto done = journal_->Commit(torn->before, torn->after, torn->history); !done) {
        return Unexpected(done.error());
      }
    }
    ++life_;
    fs::copy(old, Life(), fs::copy_options::recursive, failed);
    if (failed) return Unexpected{ErrorKind::kIo, "cannot copy the journal: " + failed.message()};
    if (torn != nullptr) Cut(whole);
    fs::remove(Life() / "journal.db-shm", failed);  // does not survive the machine
    journal_.reset();
    fs::remove_all(old, failed);
    if (auto opened = Open(); !opened) return Unexpected(opened.error());
    return journal_->Load();
  }

 private:
  fs::path Life() const { return folder_ / std::to_string(life_); }

  // Of what the last commit added to the log, a part is there: another one each time.
  void Cut(uintmax_t whole) const {
    const fs::path log = Life() / "journal.db-wal";
    if (!fs::exists(log) || fs::file_size(log) <= whole) return;
    const uintmax_t added = fs::file_size(log) - whole;
    fs::resize_file(log, whole + added * static_cast<uintmax_t>(life_ % 8) / 8);
  }

  fs::path folder_;
  int life_ = 1;
  std::unique_ptr<store::Journal> journal_;
};

}  // namespace

Result<std::shared_ptr<Disk>> OpenSqliteDisk() {
  const fs::path base = fs::exists("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path();
  std::string pattern = (base / "kedge-sim-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) return Unexpected{ErrorKind::kIo, "no folder for a journal"};
  auto disk = std::make_shared<SqliteDisk>(fs::path(pattern));
  if (auto opened = disk->Open(); !opened) return Unexpected(opened.error());
  return std::shared_ptr<Disk>(std::move(disk));
}

}  // namespace kedge::sim
