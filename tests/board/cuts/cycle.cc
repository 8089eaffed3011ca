#include "board/cuts/cycle.h"

#include <filesystem>
#include <stdexcept>
#include <thread>
#include <utility>

#include "board/cuts/block_log.h"
#include "board/cuts/judge.h"
#include "board/cuts/work.h"
#include "rig/files.h"

namespace kedge::board {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kPatience{900};  // more than anything takes on a busy machine
constexpr const char* kPatienceSeconds = "900";

milliseconds Since(Clock::time_point start) {
  return std::chrono::duration_cast<milliseconds>(Clock::now() - start);
}

std::string Seconds(milliseconds time) {
  const std::string tenths = std::to_string(time.count() / 100);
  return (tenths.size() > 1 ? tenths.substr(0, tenths.size() - 1) : "0") + "." + tenths.back() + " s";
}

// Without the timer check: on a busy machine an emulated processor is too slow for it, and an x86 kernel
// panics. And without what a boot does besides, which costs an emulated processor more than all the rest, and
// which nobody here asks for.
constexpr const char* kShortBoot =
    "no_timer_check systemd.show_status=0 quiet systemd.mask=systemd-journal-flush.service "
    "systemd.mask=systemd-update-utmp.service "
    "systemd.mask=systemd-update-utmp-runlevel.service systemd.mask=systemd-user-sessions.service "
    "systemd.mask=systemd-random-seed.service";

bool IsFinal(const std::string& status) {
  return !status.empty() && status != "QUEUED" && status != "IN_PROGRESS";
}

}  // namespace

Cycles::Cycles(CycleOptions options) : options_(std::move(options)), random_(options_.seed) { NewBoard(); }

Cycles::~Cycles() = default;

void Cycles::NewBoard() {
  bench_.reset();
  const std::string folder = options_.folder + "/board";
  fs::remove_all(folder);
  fs::create_directories(options_.folder + "/scratch");
  Options board;
  board.image.folder = options_.image;
  board.folder = folder;
  board.append = kShortBoot;
  board.after_cut = [this](const PowerLoss& loss) { ApplyAfterCut(loss.disk, loss.log, random_()); };
  bench_ = std::make_unique<Bench>(board);
  for (const char* script : {"fixture", "listing", "step"}) {
    bench_->machine().PlaceFile(std::string(kScripts) + "/" + script,
                                rig::ReadIfThere(std::string(CUTS_DEVICE_SCRIPTS "/") + script), 0755);
  }
  bench_->Start();
  boot_ = bench_->machine().times().control;
  bench_->machine().Shell(std::string("mkdir -p ") + kGround);
  job_ = Alone(false);
  undo_ = Alone(true);
}

// The files of earlier jobs go.
Work Cycles::NewJob() {
  const std::string name = "cut-" + std::to_string(options_.seed) + "-" + std::to_string(++jobs_);
  Work work = NewWork(name, options_.folder + "/scratch");
  const std::string listing =
      bench_->machine().Shell(std::string("rm -rf ") + kGround + "/* && " + kScripts + "/fixture " +
                                  work.folder() + " && " + kScripts + "/listing " + work.folder(),
                              kPatience);
  // The device's tools must see what this machine's see.
  if (listing != work.before)
    throw std::runtime_error("the board lists other files:\n" + Differences(work, listing, Files::kBefore));
  return work;
}

milliseconds Cycles::Alone(bool cancel) {
  const Work work = NewJob();
  auto start = Clock::now();
  bench_->service().CreateJob(work.name, work.Document());
  if (cancel) {
    std::this_thread::sleep_for(job_ * 3 / 5);
    start = Clock::now();
    bench_->service().CancelExecution(work.name, {.force = true, .expected_version = {}, .details = {}});
  }
  WaitForRest(work.name);
  const milliseconds took = Since(start);
  std::string listing;
  const std::string service = bench_->service().Status(work.name);
  const std::string wrong = JudgeTogether(Look(work, &listing), service);
  if (!wrong.empty()) throw std::runtime_error("without any cut: " + wrong + "\n" + listing);
  if (!cancel && service != "SUCCEEDED")
    throw std::runtime_error("a job that is left alone becomes " + service);
  return took;
}

std::string Cycles::Pace() const {
  return "boot " + Seconds(boot_) + ", job " + Seconds(job_) + ", undoing " + Seconds(undo_);
}

milliseconds Cycles::Draw(milliseconds most) {
  return milliseconds(static_cast<int64_t>(random_() % static_cast<uint64_t>(most.count() + 1)));
}

// The moment is what is random here: nothing is waited for.
void Cycles::CutAfter(milliseconds time) {
  std::this_thread::sleep_for(time);
  bench_->machine().Cut();
}

CycleResult Cycles::Next() {
  const auto start = Clock::now();
  if (!bench_) NewBoard();
  CycleResult result;
  const Work work = NewJob();
  result.job = work.name;
  result.cancelled = random_() % 2 == 0;
  try {
    bench_->service().CreateJob(work.name, work.Document());
    if (result.cancelled) {
      const milliseconds when = Draw(job_);
      std::this_thread::sleep_for(when);
      const bool taken = bench_->service().CancelExecution(
          work.name, {.force = true, .expected_version = {}, .details = {}});
      const milliseconds cut = Draw(undo_);
      result.moment = (taken ? "cancelled at " : "cancelled too late at ") + Seconds(when) + ", cut " +
                      Seconds(cut) + " later";
      CutAfter(cut);
    } else {
      const milliseconds cut = Draw(job_ * 6 / 5);
      result.moment = "cut at " + Seconds(cut);
      CutAfter(cut);
    }
    result.boots = 1;
    // Now and then in the recovery too.
    constexpr int kOneOf = 5;
    if (random_() % kOneOf == 0) {
      const milliseconds cut = boot_ * 3 / 4 + Draw(boot_ / 2 + undo_);
      bench_->machine().Boot(false);
      CutAfter(cut);
      result.moment += ", and " + Seconds(cut) + " into the boot";
      ++result.boots;
    }
    std::string listing;
    BootAlone(work, &result, &listing);
    result.exception = JudgeAlone(result.alone);
    if (result.exception.empty()) {
      result.exception = Together(work, &result);
    } else {
      result.exception += "\n" + Differences(work, listing, Files::kBefore);
    }
  } catch (const std::exception& why) {
    result.exception = why.what();
  }
  result.took = std::chrono::duration_cast<seconds>(Since(start));
  if (!result.exception.empty()) {
    Keep(result);
    bench_.reset();
  }
  return result;
}

void Cycles::BootAlone(const Work& work, CycleResult* result, std::string* listing) {
  bench_->machine().Boot(false);
  bench_->machine().WaitUntilControl(kPatience);
  // Only then the files: while they are put back a listing of them is worth nothing. That nothing is being
  // recovered any more, the judge wants to see in the status.
  const Output waited =
      bench_->machine().Run(std::string("kedge wait recovered --timeout ") + kPatienceSeconds, kPatience);
  if (waited.status != 0) throw std::runtime_error("not recovered: " + waited.out);
  result->alone = Look(work, listing);
}

std::string Cycles::Together(const Work& work, CycleResult* result) {
  bench_->machine().Network(true);
  WaitForRest(work.name);
  result->service = bench_->service().Status(work.name);
  std::string listing;
  const Facts facts = Look(work, &listing);
  const std::string wrong = JudgeTogether(facts, result->service);
  if (wrong.empty()) return "";
  const bool done = result->service == "SUCCEEDED";
  return wrong + "\n" + Differences(work, listing, done ? Files::kAfter : Files::kBefore);
}

// One call, for each takes its time on an emulated processor.
Facts Cycles::Look(const Work& work, std::string* listing) {
  constexpr const char* kCut = "=====8<=====\n";
  const std::string all = bench_->machine().Shell(
      "kedge status --json; echo '=====8<====='; kedge show " + work.name +
          " --json 2>/dev/null; echo '=====8<====='; cat " + work.folder() +
          ".begun 2>/dev/null; echo '=====8<====='; " + kScripts + "/listing " + work.folder(),
      kPatience);
  std::vector<std::string> parts(1);
  std::size_t at = 0;
  for (std::size_t found = 0; (found = all.find(kCut, at)) != std::string::npos;) {
    parts.back() = all.substr(at, found - at);
    parts.emplace_back();
    at = found + std::string(kCut).size();
  }
  parts.back() = all.substr(at);
  if (parts.size() != 4) throw std::runtime_error("the board answers: " + all);
  *listing = parts[3];
  return MakeFacts(work, json::parse(parts[0], nullptr, false), json::parse(parts[1], nullptr, false),
                   *listing, parts[2]);
}

// The service has an end, and the device nothing to do or to tell.
void Cycles::WaitForRest(const std::string& job) {
  rig::WaitUntil(
      "an end of job " + job + " at the service",
      [&] {
        const std::string status = bench_->service().Status(job);
        if (IsFinal(status)) return true;
        std::this_thread::sleep_for(milliseconds(100));
        return false;
      },
      kPatience);
  const Output waited =
      bench_->machine().Run(std::string("kedge wait idle --timeout ") + kPatienceSeconds, kPatience);
  if (waited.status != 0) throw std::runtime_error("the device does not come to rest: " + waited.out);
}

void Cycles::Keep(const CycleResult& result) const {
  if (options_.keep.empty()) return;
  const std::string folder = options_.keep + "/" + result.job;
  fs::create_directories(folder);
  std::string story = result.moment + "\n" + result.exception + "\n";
  try {
    if (bench_->machine().HasPower()) {
      story += bench_->machine()
                   .Run("kedge status; kedge show " + result.job +
                        "; journalctl --no-pager -u kedged -u kedge-link -n 200")
                   .out;
    }
  } catch (const std::exception& why) {
    story += why.what();
  }
  rig::WriteFile(folder + "/story.txt", story + "\n--- console\n" + bench_->machine().Console());
  std::error_code ignored;
  fs::copy(bench_->machine().log(), folder + "/writes.log", ignored);
  rig::Run({"/bin/cp", "--sparse=always", bench_->machine().disk(), folder + "/disk.img"},
           options_.folder + "/scratch");
}

}  // namespace kedge::board
