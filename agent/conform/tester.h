// The cases, one after the other. Each leaves the device as it found it, if the handler keeps the contract.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "conform/bench.h"
#include "conform/cases.h"
#include "conform/judge.h"
#include "conform/random.h"
#include "conform/report.h"

namespace kedge::conform {

class Tester {
 public:
  // `tell` hears of each case when it is over. Everything outlives the tester.
  Tester(const Options& options, Bench& bench, Report& report, std::function<void(const Found&)> tell);

  // Fills the report.
  void Test();

 private:
  // What one undo, as the agent does it, has shown.
  struct Undo {
    std::vector<std::string> broken;
    bool verified = false;  // verify says undone
    bool unsure = false;    // verify cannot tell
  };
  // What was written and not synced before the power went.
  enum class Writes { kStay, kLost };
  // Rounds of one kind.
  struct Tally {
    int rounds = 0;
    int inside = 0;  // of the moments, how many came while it ran
    int unsure = 0;
    int broken = 0;
    int lost = 0;  // files of the state folder that were emptied
    std::vector<std::string> seen;
  };
  // The calls of `run` in one job: all but the last ask for something (a reboot, to be tried again later).
  struct CallOfRun {
    int status = 0;
    std::chrono::milliseconds took{0};
  };
  using Calls = std::vector<CallOfRun>;
  struct Moment {
    StopAt stop;
    std::chrono::milliseconds of{0};  // that the moment was drawn from
    double part = 0;                  // of that, 0 to 1
    bool early = false;               // `of` is the start of the call only
    std::string Text() const;         // "killed after 12 ms (0.3421 of 35 ms)"
  };

  // Single calls (tester.cc).
  void Tell(const Case& about, Finding finding, std::string text = "", std::vector<std::string> seen = {});
  bool Stopped() const { return bench_.interrupted() || !trouble_.empty(); }
  Called Call(TaskKind kind, const std::optional<StopAt>& stop = {});
  Picture Look();
  // Rolls back, verifies, and asks the judge.
  Undo UndoJob(const Picture& before);
  // Whether an undo that broke nothing was also seen; else what was missing.
  std::string Unseen(const Undo& undo) const;
  void TellUndo(const Case& about, const Undo& undo, const std::string& text);

  // The verbs, one after the other (verbs.cc).
  bool TestTrust();
  bool TestCheck();
  void TestRollbackOfNothing();
  bool TestGoodRun();
  bool Grant(const Called& called);
  Called RunThrough(Calls* calls);
  void TellRequests(bool through);
  void TestVerify(const Picture& after);
  void TestRollback(const Picture& before);

  // Random moments (moments.cc).
  void TestMoments();
  void TestStops(const Case& about, StopBy how, Writes writes = Writes::kStay);
  int LoseWrites();
  void TestPowerCut();
  void TestRollbackStops(std::chrono::milliseconds after_whole);
  void TestRunAgain();
  std::chrono::milliseconds WholeTime() const;
  void Reseed(const Case& about);
  Moment Draw(StopBy how, std::chrono::milliseconds length);
  std::optional<Called> RunUpTo(size_t call, const std::optional<StopAt>& stop);
  bool GoesOn(const Tally& tally) const;
  void Count(Tally* tally, const std::string& round, const Undo& undo);
  void TellTally(const Case& about, const Tally& tally, const std::string& of);

  // What was said and written, and odd arguments (words.cc).
  bool IsAdmitted(std::string* refusal);
  void TestFailing();
  void TestOptions();
  void TellWords();
  void TellStatusLines();

  const Options& options_;
  Bench& bench_;
  Report& report_;
  const std::function<void(const Found&)> tell_;
  Judge judge_;
  Random random_;
  process::Handler handler_;

  std::string trouble_;   // why nothing more can be tested
  bool changes_ = false;  // the judge has seen that run changes something
  Calls calls_;           // of a good run
  Called good_run_;
  std::vector<process::Told> told_;        // by good runs
  std::vector<std::string> left_running_;  // by calls that ended by themselves
  std::vector<std::string> unreasoned_;    // refusals of check without a reason
  int reasoned_ = 0;                       // with one
};

// "exit status 1: the last line on stderr"
std::string Why(const Called& called);
inline constexpr int kTryAgainLater = 75;
inline constexpr int kRebootAndCall = 194;

// Exit status, or -1 for every other ending.
int StatusOf(const Called& called);
std::string Milliseconds(std::chrono::milliseconds time);
// `lines`, made safe to print and behind `head`, as far as a report has room.
void AddLines(const std::string& head, const std::vector<std::string>& lines, std::vector<std::string>* to);

}  // namespace kedge::conform
