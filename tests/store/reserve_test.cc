// Undoing and stopping need no new space on the disk: the reserve has it.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>

#include "checked.h"
#include "life.h"
#include "small_disk.h"
#include "store/journal.h"
#include "temp_folder.h"

namespace kedge::store {
namespace {

constexpr int64_t kReserve = 1024 * 1024;

int64_t SpaceOf(const std::string& path) {
  struct stat found {};
  return stat(path.c_str(), &found) == 0 ? found.st_blocks * 512 : -1;
}

// A job of 60 steps of which all have run, and must be undone.
State LongJob(const State& from) {
  std::string steps;
  for (int i = 1; i <= 60; ++i) {
    steps += std::string(i == 1 ? "" : ",") + R"({"action":{"name":"step )" + std::to_string(i) +
             R"(","type":"runCommand","input":{"command":"true"},"runAsUser":""}})";
  }
  State state = Offer(from, {{"long"}, 1, 1}, R"({"version":"1.0","steps":[)" + steps + "]}").after;
  for (StepRecord& step : state.current->steps) {
    step.phase = StepPhase::kDone;
    step.attempts = 1;
    step.ending = Exited{0};
    step.out = std::string(1500, 'o');
  }
  return state;
}

// Tries a commit as the daemon does for work that undoes: once more when the reserve could be freed.
class Undoing {
 public:
  Undoing(Journal& journal, State state) : journal_(journal), state_(std::move(state)) {}

  Result<void> Commit(const State& after, const std::vector<HistoryEntry>& history) {
    auto done = journal_.Commit(state_, after, history);
    if (!done && done.error().kind == ErrorKind::kUnavailable && journal_.FreeReserve()) {
      ++freed;
      done = journal_.Commit(state_, after, history);
    }
    if (done) state_ = after;
    return done;
  }

  // Every step: restored, rolled back and verified at the third attempt, which is 8 commits. "": well.
  std::string UndoAll() {
    for (size_t i = state_.current->steps.size(); i-- > 0;) {
      for (int task = 0; task < 8; ++task) {
        State after = state_;
        after.current->phase = Phase::kRollingBack;
        after.current->cursor = i;
        after.current->task = Task{after.next_task++, TaskKind::kRestore, i, "files"};
        after.current->undo_failures = task / 3;
        if (task == 7) {
          after.current->task.reset();
          after.current->steps[i].phase = StepPhase::kUndone;
        }
        const HistoryEntry line{after.current->id, 1, "undo", i, std::string(120, 'u'), R"({"attempt":1})"};
        if (const auto done = Commit(after, {line}); !done)
          return "step " + std::to_string(i) + ": " + done.error().message;
      }
    }
    return "";
  }

  const State& state() const { return state_; }
  int freed = 0;

 private:
  Journal& journal_;
  State state_;
};

// The agent that undoes on the full disk, and is killed.
std::string UndoAndDie(const std::string& folder, const std::string& path) {
  auto journal = OpenJournal(path);
  if (!journal) return journal.error().message;
  if (SpaceOf(path + ".reserve") < kReserve) return "no reserve was made";
  const State state = LongJob({});
  if (const auto done = (*journal)->Commit({}, state, {}); !done) return done.error().message;
  FillDisk(folder + "/filler");
  Undoing undoing(**journal, state);
  std::string said = undoing.UndoAll();
  if (said.empty() && undoing.freed == 0) said = "the disk was never full";
  if (said.empty() && SpaceOf(path + ".reserve") != 0) said = "the reserve was not freed";
  if (said.empty() && *(*journal)->Load() != Durable(undoing.state())) said = "another state";
  static_cast<void>(journal->release());  // as a kill: nothing is closed
  return said;
}

std::string UndoOnFullDisk(const std::string& folder, const std::string& path) {
  if (const std::string said = InChild([&] { return UndoAndDie(folder, path); }); !said.empty()) return said;
  auto reopened = OpenOrReplaceJournal(path);  // the disk is still full
  if (!reopened) return reopened.error().message;
  if (!reopened->trouble.empty()) return reopened->trouble;
  const State state = *reopened->journal->Load();
  for (const StepRecord& step : state.current->steps) {
    if (step.phase != StepPhase::kUndone) return "another state after reopening";
  }
  std::filesystem::remove(folder + "/filler");
  Undoing after(*reopened->journal, state);
  for (int i = 0; i < 40; ++i) {
    State next = after.state();
    next.next_task += 1;
    if (const auto done = after.Commit(next, {}); !done) return done.error().message;
  }
  return SpaceOf(path + ".reserve") >= kReserve ? "" : "the reserve was not made again";
}

// After a clean end the log and its index are gone: opening alone needs room.
std::string OpenOnFullDisk(const std::string& folder, const std::string& path) {
  const State state = LongJob({});
  if (!(*OpenJournal(path))->Commit({}, state, {})) return "no commit";
  FillDisk(folder + "/filler");
  auto opened = OpenOrReplaceJournal(path);
  if (!opened) return opened.error().message;
  if (!opened->trouble.empty()) return opened->trouble;
  return Undoing(*opened->journal, *opened->journal->Load()).UndoAll();
}

std::string WithoutRoom(const std::string& folder, const std::string& path) {
  FillDisk(folder + "/filler");
  std::filesystem::resize_file(folder + "/filler",
                               std::filesystem::file_size(folder + "/filler") - (512 << 10));
  const auto journal = OpenJournal(path);  // room for a journal, not for the reserve
  if (!journal) return journal.error().message;
  if (SpaceOf(path + ".reserve") != 0) return "a part of the reserve takes the room of commits";
  if ((*journal)->FreeReserve()) return "something was freed";
  State state;
  for (int i = 0; i < 40; ++i) {
    State next = state;
    next.next_task += 1;
    if (const auto done = (*journal)->Commit(state, next, {}); !done) return done.error().message;
    state = next;
  }
  return SpaceOf(path + ".reserve") == 0 ? "" : "the reserve took the room of commits";
}

}  // namespace

TEST_CASE("a whole roll-back is written on a full disk, from the reserve, which is made again later") {
  TempFolder folder;
  const auto said =
      OnSmallDisk(folder / "", "4m", [&] { return UndoOnFullDisk(folder / "", folder / "journal.db"); });
  if (!said) {
    MESSAGE("left out: this user may not mount");
    return;
  }
  CHECK(*said == "");
}

TEST_CASE("a journal is opened on a full disk, at the cost of its reserve") {
  TempFolder folder;
  const auto said =
      OnSmallDisk(folder / "", "4m", [&] { return OpenOnFullDisk(folder / "", folder / "journal.db"); });
  if (!said) {
    MESSAGE("left out: this user may not mount");
    return;
  }
  CHECK(*said == "");
}

TEST_CASE("without room for the reserve the journal goes without it") {
  TempFolder folder;
  const auto said =
      OnSmallDisk(folder / "", "2m", [&] { return WithoutRoom(folder / "", folder / "journal.db"); });
  if (!said) {
    MESSAGE("left out: this user may not mount");
    return;
  }
  CHECK(*said == "");
}

TEST_CASE("the reserve is freed once, and none is kept where none is wanted") {
  TempFolder folder;
  const auto journal = Must(OpenJournal(folder / "journal.db"));
  CHECK(SpaceOf(folder / "journal.db.reserve") >= kReserve);
  CHECK(journal->FreeReserve());
  CHECK(!journal->FreeReserve());
  const auto other = Must(OpenJournal(folder / "other.db", {.reserve_bytes = 0}));
  CHECK(SpaceOf(folder / "other.db.reserve") == 0);  // the mark is there all the same
  CHECK(!other->FreeReserve());
}

}  // namespace kedge::store
