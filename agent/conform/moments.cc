// Random moments: run and rollback are stopped at them, in every way in which the agent or the power does it.
#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>

#include "conform/tester.h"
#include "conform/unsynced.h"

namespace kedge::conform {
namespace {

using std::chrono::milliseconds;

constexpr int kEnough = 3;          // broken rounds of a kind: more would say the same
constexpr double kEarly = 0.2;      // of the moments come right after the start, where states are written
constexpr milliseconds kStart{20};  // which is that long
constexpr milliseconds kAlone{50};  // at the most a call runs on without an agent
constexpr int kMostDraws = 3;       // of moments, for each that has to be inside
constexpr int kMostAgain = 5;       // rounds of run-again

const char* WordFor(StopBy how) {
  switch (how) {
    case StopBy::kCancel:
      return "cancelled";
    case StopBy::kCrash:
      return "left without its agent, and killed,";
    case StopBy::kPower:
      break;
  }
  return "killed";
}

// A call ended by itself before the moment came: it may have become quicker. Not at once as quick as this
// one, or the end of a slower one would see no moment any more.
void LearnLength(milliseconds* length, const Called& called) {
  if (called.usage.wall < *length) *length = (*length + called.usage.wall) / 2 + milliseconds(1);
}

// Whether it failed by itself. How a call without an agent ended nobody knows, only that it could not start.
bool HasFailed(const Called& ran, StopBy how) {
  if (how == StopBy::kCrash) return std::holds_alternative<CouldNotStart>(ran.ending);
  const int status = StatusOf(ran);
  return status != 0 && status != kRebootAndCall && status != kTryAgainLater;
}

}  // namespace

std::string Tester::Moment::Text() const {
  std::array<char, 64> part_text{};
  std::snprintf(part_text.data(), part_text.size(), " (%.4f of %s%lld ms)", part, early ? "the first " : "",
                static_cast<long long>(of.count()));
  return std::string(WordFor(stop.how)) + " after " + Milliseconds(stop.after) + part_text.data();
}

Tester::Moment Tester::Draw(StopBy how, milliseconds length) {
  Moment moment;
  moment.early = random_.Fraction() < kEarly;
  moment.part = random_.Fraction();
  moment.of = moment.early ? std::min(kStart, length) : length;
  moment.stop.how = how;
  const auto after = moment.part * static_cast<double>(moment.of.count() + 1);
  moment.stop.after = milliseconds(static_cast<int64_t>(after));
  const auto alone = random_.Fraction() * static_cast<double>(kAlone.count());
  moment.stop.alone = milliseconds(static_cast<int64_t>(alone));
  return moment;
}

// Each kind has its own moments, whatever happened in those before.
void Tester::Reseed(const Case& about) {
  uint64_t seed = report_.seed;
  for (const char letter : about.name) seed = seed * 131 + static_cast<unsigned char>(letter);
  random_ = Random(seed);
}

// `run` of the job, up to its call number `call`, which is stopped; those before end as they did in the good
// run. Nothing: an earlier one did not.
std::optional<Called> Tester::RunUpTo(size_t call, const std::optional<StopAt>& stop) {
  for (size_t i = 0; i < call; ++i) {
    const Called asked = Call(TaskKind::kRun);
    if (StatusOf(asked) != calls_[i].status || !Grant(asked)) return {};
  }
  return Call(TaskKind::kRun, stop);
}

// A moment after the end shows nothing, and another one is drawn; but not for ever.
bool Tester::GoesOn(const Tally& tally) const {
  return !Stopped() && tally.broken < kEnough && tally.inside < options_.rounds &&
         tally.rounds < kMostDraws * options_.rounds;
}

void Tester::Count(Tally* tally, const std::string& round, const Undo& undo) {
  if (undo.unsure) ++tally->unsure;
  if (undo.broken.empty()) return;
  ++tally->broken;
  tally->seen.push_back("round " + std::to_string(tally->rounds) + ": " + round);
  AddLines("  ", undo.broken, &tally->seen);
  // What was not undone may be undone by a whole run and its rollback: the next round shall not be blamed for
  // it.
  bench_.BeginJob(options_.args);
  Calls calls;
  RunThrough(&calls);
  Call(TaskKind::kRollback);
}

void Tester::TellTally(const Case& about, const Tally& tally, const std::string& of) {
  const std::string moments =
      std::to_string(tally.inside) + " of " + std::to_string(tally.rounds) + " moments were in " + of;
  if (tally.broken > 0) {
    const std::string rounds =
        std::to_string(tally.broken) + " of " + std::to_string(tally.rounds) + " rounds";
    return Tell(about, Finding::kBroken, rounds + "; " + moments, tally.seen);
  }
  if (tally.inside == 0) return Tell(about, Finding::kNotShown, "it is too quick: " + moments);
  const bool verified = tally.unsure == 0 && handler_.has_verify;
  if (const std::string unseen = Unseen({{}, verified, false}); !unseen.empty()) {
    return Tell(about, Finding::kNotShown, unseen + "; " + moments);
  }
  std::string text = moments + "; all as before each time";
  if (tally.lost > 0)
    text += ", though " + std::to_string(tally.lost) + " files of state folders were emptied";
  if (tally.unsure > 0) text += "; verify could not tell " + std::to_string(tally.unsure) + " times";
  Tell(about, Finding::kOk, text);
}

milliseconds Tester::WholeTime() const {
  return std::accumulate(calls_.begin(), calls_.end(), milliseconds(0),
                         [](milliseconds sum, const CallOfRun& call) { return sum + call.took; });
}

void Tester::TestStops(const Case& about, StopBy how, Writes writes) {
  Reseed(about);
  Tally tally;
  const auto calls = static_cast<double>(calls_.size());
  while (GoesOn(tally)) {
    ++tally.rounds;
    const auto call = static_cast<size_t>(random_.Fraction() * calls);
    const Moment moment = Draw(how, calls_[call].took);
    bench_.BeginJob(options_.args);
    const Picture before = Look();
    // The power may also go right after it.
    const bool whole = writes == Writes::kLost && tally.rounds % 3 == 0;
    const auto ran = whole ? RunUpTo(calls_.size() - 1, {}) : RunUpTo(call, moment.stop);
    const int lost = writes == Writes::kLost ? LoseWrites() : 0;
    tally.lost += lost;
    Undo undo = UndoJob(before);
    if (ran && (ran->stopped || (whole && Succeeded(ran->ending)))) {
      ++tally.inside;
    } else if (!ran || HasFailed(*ran, how)) {
      // The rounds before were undone, so that it has to come through as the first time.
      undo.broken.insert(undo.broken.begin(), "run failed by itself" +
                                                  (ran ? ": " + Why(*ran) : std::string()) +
                                                  ", as it did not before: something was not undone");
    } else if (how != StopBy::kCrash) {
      LearnLength(&calls_[call].took, *ran);
    }
    const std::string emptied =
        "; " + std::to_string(lost) + " files of the state folder were not synced, and are empty now";
    const std::string round = whole ? "run came through" : "run was " + moment.Text();
    if (!Stopped()) Count(&tally, round + (lost > 0 ? emptied : ""), undo);
  }
  TellTally(about, tally, "run, of " + Milliseconds(WholeTime()));
}

int Tester::LoseWrites() {
  const auto lost = LoseUnsynced(bench_.state_folder());
  if (lost) return *lost;
  if (trouble_.empty()) trouble_ = lost.error().message;
  return 0;
}

void Tester::TestPowerCut() {
  if (const auto can = CanTellUnsynced(bench_.folder()); !can) {
    return Tell(kUnsynced, Finding::kNotShown,
                "what was not synced cannot be lost here: " + can.error().message);
  }
  TestStops(kUnsynced, StopBy::kPower, Writes::kLost);
}

void Tester::TestRollbackStops(milliseconds after_whole) {
  Reseed(kRollbackStopped);
  Tally tally;
  constexpr StopBy kWays[] = {StopBy::kPower, StopBy::kCancel, StopBy::kCrash};
  milliseconds lengths[] = {after_whole,
                            after_whole};  // of a rollback: after a part of run, and after all of it
  while (GoesOn(tally)) {
    const StopBy how = kWays[tally.rounds++ % 3];
    const bool whole = random_.Fraction() < 0.5;
    const Moment run_moment = Draw(StopBy::kPower, calls_[0].took);
    const Moment moment = Draw(how, lengths[whole ? 1 : 0]);
    bench_.BeginJob(options_.args);
    const Picture before = Look();
    if (whole) {
      RunUpTo(calls_.size() - 1, {});
    } else {
      Call(TaskKind::kRun, run_moment.stop);
    }
    const Called rolled_back = Call(TaskKind::kRollback, moment.stop);
    if (rolled_back.stopped) ++tally.inside;
    if (!rolled_back.stopped && how != StopBy::kCrash) LearnLength(&lengths[whole ? 1 : 0], rolled_back);
    const Undo undo = UndoJob(before);
    const std::string round = "rollback was " + moment.Text() + " and called again; run had " +
                              (whole ? std::string("come through") : "been " + run_moment.Text());
    if (!Stopped()) Count(&tally, round, undo);
  }
  TellTally(kRollbackStopped, tally, "rollback, of " + Milliseconds(lengths[1]));
}

void Tester::TestRunAgain() {
  Reseed(kRunAgain);
  int rounds = 0;
  int through = 0;
  int undone = 0;
  std::string failure;
  while (rounds < std::min(options_.rounds, kMostAgain) && !Stopped()) {
    ++rounds;
    bench_.BeginJob(options_.args);
    const Picture before = Look();
    Call(TaskKind::kRun, Draw(StopBy::kPower, calls_[0].took).stop);
    Calls calls;
    Called again = RunThrough(&calls);
    if (Succeeded(again.ending) && handler_.has_verify) again = Call(TaskKind::kVerifyDone);
    if (Succeeded(again.ending)) {
      ++through;
    } else {
      failure = Why(again);
    }
    if (UndoJob(before).broken.empty()) ++undone;
  }
  std::string text = std::to_string(through) + " of " + std::to_string(rounds) +
                     " runs that were killed came through when run was called again";
  if (!failure.empty()) text += " (" + failure + ")";
  text += ", " + std::to_string(undone) + " were undone then; \"onInterrupt\": \"retry\" is ";
  text += through == rounds && undone == rounds ? "possible" : "not for this handler";
  Tell(kRunAgain, Finding::kInformation, text);
}

void Tester::TestMoments() {
  // What was run once is in the caches: the second time is what the moments are taken from.
  bench_.BeginJob(options_.args);
  const Picture before = Look();
  const Called ran = RunThrough(&calls_);
  const Called rolled_back = Call(TaskKind::kRollback);
  UndoJob(before);
  if (!Succeeded(ran.ending) && !Stopped()) {
    return Tell(kRollback, Finding::kBroken, "run came through once, and after its rollback no more",
                {"run: " + Why(ran)});
  }
  TestStops(kCancelled, StopBy::kCancel);
  TestStops(kCrashed, StopBy::kCrash);
  TestStops(kPoweredOff, StopBy::kPower);
  TestPowerCut();
  TestRollbackStops(rolled_back.usage.wall);
  TestRunAgain();
}

}  // namespace kedge::conform
