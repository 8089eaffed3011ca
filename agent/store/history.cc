// The reader's side of journal.h.
#include <algorithm>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>

#include "store/codec.h"
#include "store/journal.h"
#include "store/journal_file.h"
#include "store/load.h"
#include "store/redact.h"
#include "store/row_io.h"

namespace kedge::store {
namespace {

PastExecution Describe(const ExecutionRow& row, const std::vector<CurrentRow>& current, Damage& damage) {
  PastExecution past;
  past.id = DecodeId(row, damage);
  past.document = RedactUrls(row.document);
  past.offered_wall = row.offered_wall;
  if (!current.empty() && current.front().execution == row.seq) {
    past.status = current.front().phase;
    past.verdict = current.front().verdict.value_or("");
    past.text = RedactUrls(current.front().cause_text.value_or(""));
  } else {
    past.status = row.status.value_or("");
    past.verdict = row.verdict.value_or("");
    past.text = RedactUrls(row.text);
    past.closed_wall = row.closed_wall;
  }
  return past;
}

// " FAILED CANCELED ": a word is in it when it stands there between blanks.
std::string AsSet(const std::vector<std::string>& words) {
  std::string set;
  for (const std::string& word : words) set += (set.empty() ? " " : "") + word + " ";
  return set;
}

int64_t AsNumber(size_t count) {
  return static_cast<int64_t>(std::min<size_t>(count, std::numeric_limits<int64_t>::max()));
}

class SqliteHistory : public HistoryReader {
 public:
  explicit SqliteHistory(std::unique_ptr<Connection> db) : db_(std::move(db)) {}

  Result<State> Load() override {
    return Guarded<State>([&] { return LoadState(*db_); });
  }

  Result<std::vector<PastExecution>> Executions(const HistoryQuery& query) override {
    return Find(
        "WHERE (?1 = '' OR job GLOB ?1)"
        " AND (?2 = '' OR instr(?2, ' ' || coalesce(status, 'IN_PROGRESS') || ' ') > 0)"
        " AND (?3 = '' OR instr(?3, ' ' || coalesce(verdict, '') || ' ') > 0)"
        " AND offered_wall >= ?4 AND offered_wall < ?5 ORDER BY seq DESC LIMIT ?6 OFFSET ?7",
        query.job, AsSet(query.statuses), AsSet(query.verdicts), query.since.value_or(INT64_MIN),
        query.until.value_or(INT64_MAX), AsNumber(query.limit), AsNumber(query.skip));
  }

  Result<std::vector<PastExecution>> ExecutionsOf(const JobId& job) override {
    return Find("WHERE job = ?1 ORDER BY seq DESC", job.value);
  }

  Result<std::vector<PastEnd>> Ends() override {
    return Guarded<std::vector<PastEnd>>([&]() -> Result<std::vector<PastEnd>> {
      std::vector<PastEnd> ends;
      Statement rows = db_->Prepare(
          "SELECT status, coalesce(verdict, ''), count(*) FROM execution WHERE status IS NOT NULL GROUP BY "
          "1, 2");
      while (rows.Next()) {
        PastEnd& end = ends.emplace_back();
        rows.Read(0, end.status);
        rows.Read(1, end.verdict);
        rows.Read(2, end.count);
      }
      if (auto read = Judge(Damage()); !read) return Unexpected(read.error());
      return ends;
    });
  }

  Result<std::vector<HistoryEntry>> Entries(const ExecutionId& id) override {
    return Guarded<std::vector<HistoryEntry>>([&]() -> Result<std::vector<HistoryEntry>> {
      Damage damage;
      const auto rows =
          Fetch<HistoryRow>(*db_, damage,
                            "WHERE execution IN (SELECT seq FROM execution WHERE job = ?1 AND number = ?2 "
                            "AND queued_at = ?3) ORDER BY execution, n",
                            id.job.value, id.number, id.queued_at);
      if (auto read = Judge(damage); !read) return Unexpected(read.error());
      std::vector<HistoryEntry> entries;
      for (const HistoryRow& row : rows) {
        std::optional<size_t> step;
        if (row.step) step = static_cast<size_t>(*row.step);
        entries.push_back({id, row.wall, row.kind, step, row.text, row.detail});
      }
      return entries;
    });
  }

 private:
  template <class... Arguments>
  Result<std::vector<PastExecution>> Find(const std::string& tail, const Arguments&... arguments) {
    return Guarded<std::vector<PastExecution>>([&]() -> Result<std::vector<PastExecution>> {
      Damage damage;
      db_->Execute("BEGIN");  // both tables as of one moment
      const auto current = Fetch<CurrentRow>(*db_, damage, "WHERE slot = 1");
      const auto rows = Fetch<ExecutionRow>(*db_, damage, tail, arguments...);
      db_->Execute("COMMIT");
      std::vector<PastExecution> executions;
      for (const ExecutionRow& row : rows) executions.push_back(Describe(row, current, damage));
      if (auto read = Judge(damage); !read) return Unexpected(read.error());
      return executions;
    });
  }

  Result<void> Judge(const Damage& damage) {
    if (db_->failed()) {
      const Error failure = db_->TakeFailure("cannot read the journal");
      if (db_->InTransaction() && !db_->Execute("ROLLBACK")) db_->TakeFailure("");
      return Unexpected(failure);
    }
    if (damage) return Unbelievable(db_->path(), damage.words());
    return {};
  }

  template <class T>
  Result<T> Guarded(const std::function<Result<T>()>& read) {
    try {
      return read();
    } catch (const std::exception& e) {  // nlohmann/json, or no memory
      return Unexpected{ErrorKind::kUnavailable, "cannot read the journal " + db_->path() + ": " + e.what()};
    }
  }

  std::unique_ptr<Connection> db_;
};

}  // namespace

Result<std::unique_ptr<HistoryReader>> OpenHistory(const std::string& path) {
  try {
    auto db = OpenForReading(path);
    if (!db) return Unexpected(db.error());
    return std::unique_ptr<HistoryReader>(std::make_unique<SqliteHistory>(std::move(*db)));
  } catch (const std::exception& e) {
    return Unexpected{ErrorKind::kUnavailable, "cannot open the journal " + path + ": " + e.what()};
  }
}

}  // namespace kedge::store
