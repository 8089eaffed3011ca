#include "corpus.h"

#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "life.h"
#include "store/journal.h"

namespace kedge::store {
namespace {

constexpr size_t kInDatabase = 56;  // commits
constexpr JournalOptions kOptions{.reserve_bytes = 0};

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void WriteFile(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary).write(content.data(), static_cast<std::streamsize>(content.size()));
}

std::unique_ptr<Journal> Open(const std::string& path) {
  auto opened = OpenOrReplaceJournal(path, kOptions);
  if (!opened || !opened->trouble.empty()) throw std::runtime_error("the undamaged journal cannot be opened");
  return std::move(opened->journal);
}

// Everything of the log into the database, without the agent's doing: as a checkpoint that a kill followed.
void Checkpoint(const std::string& path) {
  sqlite3* db = nullptr;
  int log = 0;
  int copied = 0;
  const bool done =
      sqlite3_open(path.c_str(), &db) == SQLITE_OK &&
      sqlite3_exec(db, "SELECT * FROM meta", nullptr, nullptr, nullptr) == SQLITE_OK &&
      sqlite3_wal_checkpoint_v2(db, nullptr, SQLITE_CHECKPOINT_PASSIVE, &log, &copied) == SQLITE_OK;
  sqlite3_close(db);
  if (!done || log <= 0 || log != copied) throw std::runtime_error("no checkpoint");
}

void RemoveJournal(const std::string& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name != "journal.db.reserve") std::filesystem::remove(entry.path());
  }
}

}  // namespace

Corpus MakeCorpus(const std::string& folder) {
  Corpus corpus;
  const std::string path = folder + "/journal.db";
  auto journal = Open(path);
  corpus.states.push_back(*journal->Load());
  for (const Change& change : Life()) {
    if (corpus.states.size() == kInDatabase + 1) {
      journal.reset();  // a clean end: the log goes into the database
      journal = Open(path);
      corpus.states.back() = *journal->Load();
    }
    if (!journal->Commit(corpus.states.back(), change.after, change.history))
      throw std::runtime_error("a commit failed");
    corpus.states.push_back(Durable(change.after));
  }
  const size_t last = corpus.states.size() - 1;
  Target target{"database", ReadAll(path), ReadAll(path + "-wal"), false, last};
  corpus.targets.push_back(target);
  target.name = "log";
  target.in_log = true;
  target.oldest = kInDatabase;
  corpus.targets.push_back(target);
  Checkpoint(path);
  target.name = "log that is in the database already";
  target.database = ReadAll(path);
  corpus.targets.push_back(target);
  journal.reset();
  std::filesystem::remove(path + "-wal");
  target = {"database without a log", ReadAll(path), "", false, last};
  corpus.targets.push_back(target);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  return corpus;
}

uint64_t CasesOf(const Target& target) { return 9 * (target.in_log ? target.log : target.database).size(); }

std::string Describe(const Damaging& damaging) {
  const Target& target = *damaging.target;
  const size_t size = (target.in_log ? target.log : target.database).size();
  if (damaging.number < size) return target.name + ": cut to " + std::to_string(damaging.number) + " bytes";
  const uint64_t bit = damaging.number - size;
  return target.name + ": bit " + std::to_string(bit % 8) + " of byte " + std::to_string(bit / 8) +
         " flipped";
}

Outcome Try(const Corpus& corpus, const Damaging& damaging, const std::string& folder) {
  const Target& target = *damaging.target;
  std::string database = target.database;
  std::string log = target.log;
  std::string& damaged = target.in_log ? log : database;
  // A cut may take every commit of the log, a bit only the last: before that it is damage. Or the one before
  // the last, should the bit say where that one ends.
  size_t oldest = target.oldest;
  if (damaging.number < damaged.size()) {
    damaged.resize(damaging.number);
  } else {
    if (target.in_log) oldest = corpus.states.size() - 3;
    const uint64_t bit = damaging.number - damaged.size();
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
  }
  RemoveJournal(folder);
  const std::string path = folder + "/journal.db";
  WriteFile(path, database);
  if (!log.empty()) WriteFile(path + "-wal", log);
  const std::string mark = path + ".reserve";
  if (!std::filesystem::exists(mark)) WriteFile(mark, "x");

  auto opened = OpenOrReplaceJournal(path, kOptions);
  if (!opened) return Outcome::kWrong;
  const auto state = opened->journal->Load();
  if (!opened->trouble.empty()) {
    if (!opened->state_lost) return Outcome::kWrong;
    return std::filesystem::exists(path) ? Outcome::kUnreadable : Outcome::kTrouble;
  }
  if (!state) return Outcome::kWrong;
  if (*state == corpus.states.back()) return Outcome::kLast;
  const auto from = corpus.states.begin() + static_cast<std::ptrdiff_t>(oldest);
  return std::find(from, corpus.states.end(), *state) != corpus.states.end() ? Outcome::kEarlier
                                                                             : Outcome::kWrong;
}

}  // namespace kedge::store
