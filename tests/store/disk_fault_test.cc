// The disk is full, read-only, or fails: the old state stands, and the sentence says what and where.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>

#include <filesystem>

#include "checked.h"
#include "faulty_disk.h"
#include "sample_job.h"
#include "small_disk.h"
#include "store/journal.h"
#include "temp_folder.h"

namespace kedge::store {
namespace {

// A commit too large for the small disk.
State Large() {
  State state;
  state.boot_id = std::string(6 << 20, 'b');
  return state;
}

std::string FullDisk(const std::string& path) {
  auto journal = OpenJournal(path);
  if (!journal) return journal.error().message;
  const State empty = *(*journal)->Load();
  const State small = Offer(empty, {{"job"}, 1, 1}, OneStepDocument("true")).after;
  if (!(*journal)->Commit(empty, small, {})) return "the first commit failed";
  const auto refused = (*journal)->Commit(small, Large(), {});
  if (refused) return "a commit larger than the disk succeeded";
  if (refused.error().kind != ErrorKind::kUnavailable) return "not kUnavailable: " + refused.error().message;
  if (refused.error().message.find(path) == std::string::npos)
    return "path missing: " + refused.error().message;
  if (refused.error().message.find("full") == std::string::npos)
    return "reason missing: " + refused.error().message;
  if (*(*journal)->Load() != Durable(small)) return "the old state does not stand";
  State after = small;
  after.boot_id = "fits";
  if (const auto again = (*journal)->Commit(small, after, {}); !again)
    return "no room again: " + again.error().message;
  journal->reset();
  auto reopened = OpenJournal(path);
  return reopened && *(*reopened)->Load() == Durable(after) ? "" : "not the last state after reopening";
}

std::string ReadOnlyDisk(const std::string& folder, const std::string& path) {
  const State offered = Offer({}, {{"job"}, 1, 1}, OneStepDocument("true")).after;
  {
    auto journal = OpenJournal(path);
    if (!journal || !(*journal)->Commit({}, offered, {})) return "cannot fill the journal";
  }
  if (!SetReadOnly(folder, true)) return "cannot remount";
  auto journal = OpenJournal(path);
  if (journal) return "opened on a read-only disk";
  if (journal.error().message.find(path) == std::string::npos)
    return "path missing: " + journal.error().message;
  if (journal.error().message.find("Read-only file system") == std::string::npos)
    return journal.error().message;
  auto reader = OpenHistory(path);  // the history is still there to be read
  if (!reader) return reader.error().message;
  auto state = (*reader)->Load();
  if (!state) return state.error().message;
  return *state == Durable(offered) ? "" : "the reader read another state";
}

}  // namespace

TEST_CASE("a full disk refuses a commit, the old state stands and later commits work") {
  TempFolder folder;
  const auto said = OnSmallDisk(folder / "", "4m", [&] { return FullDisk(folder / "kedge/journal.db"); });
  if (!said) {
    MESSAGE("left out: this user may not mount");
    return;
  }
  CHECK(*said == "");
}

TEST_CASE("a read-only disk is named, and its history can be read") {
  TempFolder folder;
  const auto said =
      OnSmallDisk(folder / "", "4m", [&] { return ReadOnlyDisk(folder / "", folder / "kedge/journal.db"); });
  if (!said) {
    MESSAGE("left out: this user may not mount");
    return;
  }
  CHECK(*said == "");
}

TEST_CASE("after a write that failed nothing is written before the journal is opened anew") {
  TempFolder folder;
  const std::string path = folder / "journal.db";
  auto journal = Must(OpenJournal(path));
  const State small = Offer({}, {{"job"}, 1, 1}, OneStepDocument("true")).after;
  Must(journal->Commit(Must(journal->Load()), small, {}));

  rlimit old_limit{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &old_limit) == 0);
  const rlimit tight{1 << 20, old_limit.rlim_max};
  const auto old_handler = signal(SIGXFSZ, SIG_IGN);
  REQUIRE(setrlimit(RLIMIT_FSIZE, &tight) == 0);
  const auto failed = journal->Commit(small, Large(), {});
  REQUIRE(setrlimit(RLIMIT_FSIZE, &old_limit) == 0);
  signal(SIGXFSZ, old_handler);

  REQUIRE(!failed);
  CHECK(failed.error().kind == ErrorKind::kIo);
  CHECK(failed.error().message.find(path) != std::string::npos);
  CHECK(failed.error().message.find("File too large") != std::string::npos);
  const auto later = journal->Commit(small, State{}, {});
  REQUIRE(!later);
  CHECK(later.error().message == failed.error().message);
  journal.reset();
  const auto reopened = Must(OpenJournal(path));
  CHECK((Must(reopened->Load()) == Durable(small)));
  CHECK(reopened->Commit(small, State{}, {}));
}

TEST_CASE("a failed fsync is not tried again on the same file") {
  TempFolder folder;
  auto journal = Must(OpenJournal(folder / "journal.db"));
  const State before = Must(journal->Load());
  const State after = Offer(before, {{"job"}, 1, 1}, OneStepDocument("true")).after;
  TheDisk().fail_syncs = true;
  const auto failed = journal->Commit(before, after, {});
  TheDisk().fail_syncs = false;
  REQUIRE(!failed);
  CHECK(failed.error().kind == ErrorKind::kIo);
  CHECK(failed.error().message.find("fsync failed") != std::string::npos);
  const int syncs = TheDisk().syncs;
  CHECK(!journal->Commit(before, after, {}));
  CHECK(TheDisk().syncs == syncs);
  journal.reset();
  const auto reopened = Must(OpenJournal(folder / "journal.db"));
  CHECK(reopened->Commit(before, after, {}));  // whatever the file held
  CHECK((Must(reopened->Load()) == Durable(after)));
}

}  // namespace kedge::store
