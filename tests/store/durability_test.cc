// The power goes, or the disk refuses, at each sync and each rename: what is found afterwards is what was
// known, or it is said that it is lost. Never a state of long ago, and never an empty one that nobody was
// told of.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

#include "checked.h"
#include "disk_model.h"
#include "life.h"
#include "store/journal.h"
#include "temp_folder.h"

namespace kedge::store {
namespace {

namespace fs = std::filesystem;

constexpr JournalOptions kOptions{.reserve_bytes = 4096};  // it is copied at each event
constexpr const char* kName = "kedge/journal.db";
constexpr size_t kCommits = 12;  // of Life(): a job is going on

// The model hears of nothing meanwhile: what is done to the remains is not done to its folder.
class Unheard {
 public:
  Unheard() : listener_(std::exchange(TheDisk().listener, nullptr)) {}
  ~Unheard() { TheDisk().listener = listener_; }
  Unheard(const Unheard&) = delete;
  Unheard& operator=(const Unheard&) = delete;

 private:
  DiskListener* listener_;
};

// What a daemon makes of the remains; nullopt: it is told that what was committed is not known any more.
std::optional<State> Found(const DiskImage& image) {
  const Unheard unheard;
  TempFolder folder;
  WriteImage(image, folder / "");
  const auto opened = Must(OpenOrReplaceJournal(folder / kName, kOptions));
  CHECK(opened.state_lost == !opened.trouble.empty());
  if (opened.state_lost) return std::nullopt;
  return Must(opened.journal->Load());
}

void CheckFinds(const std::vector<DiskImage>& images, const State& state) {
  for (size_t i = 0; i < images.size(); ++i) {
    CAPTURE(i);
    CHECK((Found(images[i]) == Durable(state)));
  }
}

// A journal whose newest commits are in its log only. An older part is in the database, which alone would be
// believed.
struct Filled {
  std::unique_ptr<Journal> journal;
  State state;
};

Filled Fill(const std::string& path) {
  Filled filled;
  const auto life = Life();
  for (size_t i = 0; i < kCommits; ++i) {
    if (i % (kCommits / 2) == 0) {
      filled.journal.reset();  // puts the log into the database
      filled.journal = Must(OpenJournal(path, kOptions));
      Must(filled.journal->Load());
    }
    Must(filled.journal->Commit(filled.state, life[i].after, life[i].history));
    filled.state = life[i].after;
  }
  return filled;
}

// Likewise, and the disk refused a further commit.
struct Failed {
  std::unique_ptr<Journal> journal;
  State before, wanted;
};

Failed FailACommit(DiskModel& disk, const std::string& path) {
  auto [journal, state] = Fill(path);
  const Change next = Life()[kCommits];
  disk.FailAfter(0);
  REQUIRE(!journal->Commit(state, next.after, next.history));
  disk.FailNoMore();
  return {std::move(journal), state, next.after};
}

// The failed commit itself may be there or not.
void CheckFindsKnown(const std::vector<DiskImage>& images, const Failed& failed) {
  for (size_t i = 0; i < images.size(); ++i) {
    CAPTURE(i);
    const auto found = Found(images[i]);
    CHECK((!found || *found == Durable(failed.before) || *found == Durable(failed.wanted)));
  }
}

void CheckFindsLoss(const std::vector<DiskImage>& images) {
  for (size_t i = 0; i < images.size(); ++i) {
    CAPTURE(i);
    CHECK(!Found(images[i]));
  }
}

// What a kill leaves, and a bit in its log has flipped since, before commits that were on the disk.
void LeaveDamaged(const TempFolder& folder) {
  TempFolder elsewhere;
  const auto [journal, state] = Fill(elsewhere / "journal.db");
  fs::create_directory(folder / "kedge");
  for (const char* file : {"", "-wal", ".reserve"})
    fs::copy_file(elsewhere / "journal.db" + file, folder / kName + file);
  std::fstream log(folder / kName + "-wal", std::ios::binary | std::ios::in | std::ios::out);
  log.seekg(5000);
  const auto flipped = static_cast<char>(log.get() ^ 1);
  log.seekp(5000);
  log.put(flipped);
}

State Quarantined() {
  State state;
  state.quarantine = Quarantine{{{"none"}, 0, 0}, "the journal was lost", 5};
  return state;
}

}  // namespace

TEST_CASE("a new journal in a new folder is found after a power cut") {
  TempFolder folder;
  DiskModel disk(folder / "");
  const auto journal = Must(OpenJournal(folder / kName, kOptions));
  Must(journal->Commit({}, Quarantined(), {}));
  CheckFinds(disk.Now(), Quarantined());
}

TEST_CASE("killed while it makes the journal, the agent makes up for it at the next start") {
  std::vector<DiskImage> remains;
  {
    TempFolder folder;
    DiskModel disk(folder / "");
    disk.KeepImages();
    Must(OpenJournal(folder / kName, kOptions));
    remains = disk.images();
  }
  REQUIRE(remains.size() > 20);
  for (size_t i = 2; i < remains.size(); i += 3) {  // what a kill leaves: all of it, on the disk or not
    CAPTURE(i);
    TempFolder folder;
    DiskModel disk(folder / "");
    WriteImage(remains[i], folder / "");
    const auto opened = Must(OpenOrReplaceJournal(folder / kName, kOptions));
    Must(opened.journal->Commit({}, Quarantined(), {}));
    CheckFinds(disk.Now(), Quarantined());
  }
}

TEST_CASE("a new journal that the disk refuses to keep is not used") {
  int refused = 0;
  for (int pass = 0;; ++pass) {
    CAPTURE(pass);
    TempFolder folder;
    DiskModel disk(folder / "");
    disk.FailAfter(pass);
    const auto journal = OpenJournal(folder / kName, kOptions);
    if (!disk.failed()) break;
    if (!journal) CHECK(journal.error().kind == ErrorKind::kIo);
    refused += journal ? 0 : 1;
    disk.FailNoMore();
    if (journal && (*journal)->Commit({}, Quarantined(), {})) CheckFinds(disk.Now(), Quarantined());
  }
  CHECK(refused >= 3);  // the database, its folder, the folder of that
}

TEST_CASE("the power goes while a journal is begun anew") {
  TempFolder folder;
  DiskModel disk(folder / "");
  const Failed failed = FailACommit(disk, folder / kName);
  disk.KeepImages();
  Must(failed.journal->StartAnew(failed.wanted, "why"));
  REQUIRE(disk.images().size() > 20);
  CheckFindsKnown(disk.images(), failed);
  CheckFinds(disk.Now(), failed.wanted);
}

TEST_CASE("the disk refuses something while a journal is begun anew") {
  int refused = 0;
  for (int pass = 0;; ++pass) {
    CAPTURE(pass);
    TempFolder folder;
    DiskModel disk(folder / "");
    const Failed failed = FailACommit(disk, folder / kName);
    disk.FailAfter(pass);
    const auto anew = failed.journal->StartAnew(failed.wanted, "why");
    if (!disk.failed()) break;
    disk.FailNoMore();
    if (anew) {
      CheckFinds(disk.Now(), failed.wanted);
      continue;
    }
    ++refused;
    CheckFindsKnown(disk.Now(), failed);
    Must(failed.journal->StartAnew(failed.wanted, "why"));
    CheckFinds(disk.Now(), failed.wanted);
  }
  CHECK(refused >= 6);  // both files made, both set aside, the rename into place and its folder
}

TEST_CASE("the power goes while a damaged journal is set aside") {
  TempFolder folder;
  LeaveDamaged(folder);
  DiskModel disk(folder / "");
  disk.KeepImages();
  const auto opened = Must(OpenOrReplaceJournal(folder / kName, kOptions));
  CHECK(opened.state_lost);
  REQUIRE(disk.images().size() >= 12);  // three at both renames and the syncs of the folder
  CheckFindsLoss(disk.images());
  CheckFindsLoss(disk.Now());
  Must(opened.journal->Commit({}, Quarantined(), {}));
  CheckFinds(disk.Now(), Quarantined());
}

TEST_CASE("the disk refuses something while a damaged journal is set aside") {
  for (int pass = 0;; ++pass) {
    CAPTURE(pass);
    TempFolder folder;
    LeaveDamaged(folder);
    DiskModel disk(folder / "");
    disk.FailAfter(pass);
    const auto opened = Must(OpenOrReplaceJournal(folder / kName, kOptions));
    CHECK(opened.state_lost);
    CheckFindsLoss(disk.Now());
    if (!disk.failed()) break;
  }
}

}  // namespace kedge::store
