#include "board/cuts/replay.h"

#include <sys/mount.h>

#include <filesystem>
#include <stdexcept>
#include <utility>

#include "board/cuts/facts.h"
#include "board/cuts/mounted.h"
#include "board/cuts/native_agent.h"
#include "rig/files.h"
#include "rig/program.h"
#include "store/journal.h"

namespace kedge::board {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kState = "/var/lib/kedge";

}  // namespace

Replay::Replay(Recording recording, std::string folder)
    : recording_(std::move(recording)),
      folder_(std::move(folder)),
      working_(folder_ + "/working.img"),
      tried_(folder_ + "/tried.img"),
      log_(recording_.log()),
      points_(log_.FlushPoints()) {
  OwnMounts();
  for (const char* name : {"", "/scratch", "/agent"}) fs::create_directories(folder_ + name);
  for (const RecordedJob& job : recording_.jobs) works_.push_back(NewWork(job.name, folder_ + "/scratch"));
  CopySparse(recording_.base(), working_, folder_ + "/scratch");
  disk_ = std::make_unique<DiskFile>(working_);
  // The agent's state belongs into /var/lib, which is this machine's: a folder that only we see takes its
  // place.
  if (mount("none", "/var/lib", "tmpfs", 0, nullptr) != 0) throw std::runtime_error("cannot mount /var/lib");
  fs::create_directories(kState);
}

Replay::~Replay() = default;

PointResult Replay::At(std::size_t point) {
  if (point < applied_) throw std::logic_error("flush points are taken in order");
  log_.Apply(*disk_, applied_, point);
  applied_ = point;
  CopySparse(working_, tried_, folder_ + "/scratch");
  PointResult result;
  result.point = point;
  const Mounted mounted(tried_, folder_ + "/mounted", folder_ + "/scratch");
  const auto jobs = LookAtDisk(mounted.root(), &result);
  Recover(mounted.root(), jobs, &result);
  return result;
}

std::string Replay::Listing(const std::string& root, const Work& work) const {
  const rig::Finished done =
      rig::Run({CUTS_DEVICE_SCRIPTS "/listing", root + work.folder()}, folder_ + "/scratch");
  return done.status == 0 ? done.out : "cannot be listed: " + done.err;
}

void Replay::FillIn(const std::string& root, const Work& work, Facts* facts) const {
  facts->files = Compare(work, Listing(root, work));
  facts->begun = rig::ReadIfThere(root + work.folder() + ".begun");
}

// On a copy: it is kedged that shall find the journal as the cut left it.
Replay::Known Replay::ReadJournal(const std::string& root, PointResult* result) const {
  Known known;
  const std::string copy = folder_ + "/scratch/state";
  fs::remove_all(copy);
  if (!fs::exists(root + kState)) return known;
  fs::create_directory(copy);
  for (const auto& entry : fs::directory_iterator(root + kState)) {
    if (entry.is_regular_file()) fs::copy(entry.path(), copy / entry.path().filename());
  }
  const auto complain = [result](const std::string& what) {
    result->exceptions.push_back("journal: " + what);
  };
  const std::string path = copy + "/journal.db";
  if (!fs::exists(path) && !fs::exists(path + ".reserve")) return known;
  auto opened = store::OpenOrReplaceJournal(path);
  if (!opened) return complain(opened.error().message), known;
  if (!opened->trouble.empty()) complain(opened->trouble);
  if (auto state = opened->journal->Load(); !state) complain(state.error().message);
  opened->journal.reset();

  auto reader = store::OpenHistory(path);
  if (!reader) return complain(reader.error().message), known;
  auto executions = (*reader)->Executions({.limit = 1000});
  if (!executions) return complain(executions.error().message), known;
  for (const PastExecution& past : *executions) {
    auto entries = (*reader)->Entries(past.id);
    if (!entries) return complain(entries.error().message), known;
    known.lines += entries->size();
    known.jobs[past.id.job.value] = {.status = past.status,
                                     .verdict = past.verdict,
                                     .closed = past.closed_wall > 0,
                                     .files = Files::kNeither,
                                     .begun = {}};
  }
  return known;
}

std::vector<std::size_t> Replay::WorthALook(const Known& known) {
  constexpr std::size_t kAllEvery = 16;
  const bool all = tries_++ % kAllEvery == 0 || applied_ == points_.back();
  std::size_t newest = 0;
  for (std::size_t i = 0; i < works_.size(); ++i) {
    if (known.jobs.contains(works_[i].name)) newest = i;
  }
  std::vector<std::size_t> jobs;
  for (std::size_t i = 0; i < works_.size(); ++i) {
    if (all || (i + 1 >= newest && i <= newest + 1)) jobs.push_back(i);
  }
  return jobs;
}

std::vector<std::size_t> Replay::LookAtDisk(const std::string& root, PointResult* result) {
  Known known = ReadJournal(root, result);
  if (known.lines < lines_) {
    result->exceptions.push_back("journal: it has gone back from " + std::to_string(lines_) +
                                 " lines of history to " + std::to_string(known.lines));
  }
  lines_ = std::max(lines_, known.lines);
  const auto jobs = WorthALook(known);
  for (const std::size_t i : jobs) {
    const Work& work = works_[i];
    Facts& facts = known.jobs[work.name];
    FillIn(root, work, &facts);
    if (!facts.status.empty()) {
      result->phase = facts.status;
      result->cancelled = recording_.jobs[i].cancelled;
    }
    const std::string wrong = JudgeDisk(facts);
    if (!wrong.empty()) result->exceptions.push_back("disk: " + work.name + ": " + wrong);
  }
  return jobs;
}

void Replay::Recover(const std::string& root, const std::vector<std::size_t>& jobs,
                     PointResult* result) const {
  fs::create_directories(root + kState);
  const InPlace state(root + kState, kState);
  const InPlace files(root + "/srv", "/srv");
  NativeAgent agent(folder_ + "/agent");
  const std::string trouble = agent.Recover();
  if (!trouble.empty()) result->exceptions.push_back("recovery: " + trouble);
  const json status = agent.Kedge({"status"});
  for (const std::size_t i : jobs) {
    if (!status.is_object()) break;
    const Work& work = works_[i];
    const std::string listing = Listing("", work);
    const Facts facts = MakeFacts(work, status, agent.Kedge({"show", work.name}), listing,
                                  rig::ReadIfThere(work.folder() + ".begun"));
    if (!facts.status.empty()) result->outcome = Outcome(facts);
    const std::string wrong = JudgeAlone(facts);
    if (wrong.empty()) continue;
    const Files expected =
        facts.status == "SUCCEEDED" || facts.status == "finishing" ? Files::kAfter : Files::kBefore;
    result->exceptions.push_back("recovery: " + work.name + ": " + wrong + "\n" +
                                 Differences(work, listing, expected));
  }
  if (!status.is_object())
    result->exceptions.push_back("recovery: kedge status says nothing\n" + agent.Log());
  agent.Stop();
}

}  // namespace kedge::board
