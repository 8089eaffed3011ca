// How a journal is opened, and what becomes of one that cannot be.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <exception>

#include "store/evidence.h"
#include "store/journal.h"
#include "store/journal_file.h"
#include "store/load.h"
#include "store/sqlite_journal.h"

namespace kedge::store {
namespace {

using Opened = SqliteJournal::Opened;

constexpr const char* kNext = "; check the device by hand; the agent goes on with a new journal";

bool IsMissing(const std::string& path) {
  struct stat found {};
  return lstat(path.c_str(), &found) != 0 || (S_ISREG(found.st_mode) && found.st_size == 0);
}

Result<void> MakeFolder(const std::string& path) {
  auto made = sys::MakeDirs(FolderOf(path), 0700);
  return made
             ? made
             : Result<void>(Unexpected(made.error().Within("cannot make the folder of the journal " + path)));
}

// Opening needs some room itself, for the log's index; SQLite then speaks of an I/O error.
bool MayBeFull(const Error& error) {
  return error.kind == ErrorKind::kIo || error.kind == ErrorKind::kUnavailable;
}

// Whether every byte of the journal's files can be read.
Result<void> ReadWhole(const std::string& path) {
  for (const std::string& name : {path, path + "-wal"}) {
    const sys::Fd file(open(name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!file && errno == ENOENT) continue;
    if (!file) return Unexpected(sys::ErrnoError("cannot read the journal: open " + name, errno));
    std::array<char, 65536> buffer;
    ssize_t got = 0;
    do {
      got = read(file.get(), buffer.data(), buffer.size());
      if (got < 0 && errno != EINTR)
        return Unexpected(sys::ErrnoError("cannot read the journal " + name, errno));
    } while (got != 0);
  }
  return {};
}

class Opening {
 public:
  Opening(const std::string& path, const JournalOptions& options)
      : path_(path), options_(options), reserve_(path, options.reserve_bytes) {}

  Result<OpenedJournal> OpenOrReplace() {
    if (auto kind = CheckKind(path_); !kind && kind.error().kind == ErrorKind::kInvalid)
      return Unexpected(kind.error());
    if (auto made = MakeFolder(path_); !made) return NoMatterWhat(made.error());
    auto lock = LockJournal(path_);
    if (!lock) return NoMatterWhat(lock.error());
    lock_ = std::move(*lock);
    if (IsMissing(path_) && (ThereWasOne() || HasLog(path_))) return BeginAnew(Lost());
    auto opened = TryToOpen();
    if (!opened && MayBeFull(opened.error()) && reserve_.Free()) opened = TryToOpen();
    if (opened) return OpenedJournal{std::move(*opened), "", false};
    if (opened.error().kind == ErrorKind::kCorrupt) {
      // SQLite calls a failed read damage too (SQLITE_IOERR_CORRUPTFS), and a good journal is not thrown away
      // for one.
      if (auto read = ReadWhole(path_); !read) return Unwritable(read.error());
      opened = TryToOpen();
      if (opened) return OpenedJournal{std::move(*opened), "", false};
    }
    const Error& error = opened.error();
    if (error.kind == ErrorKind::kCorrupt || error.kind == ErrorKind::kInvalid)
      return BeginAnew(error.message);
    return NoMatterWhat(error);
  }

 private:
  bool ThereWasOne() const { return reserve_.Exists() || !NewestEvidence(path_).empty(); }

  // A journal that also loads.
  Result<std::unique_ptr<Journal>> TryToOpen() {
    auto db = OpenForWriting(path_, ThereWasOne() ? IfMissing::kRefuse : IfMissing::kCreate);
    if (!db) return Unexpected(db.error());
    if (auto state = LoadState(**db); !state) {
      (*db)->LeaveFilesAlone(true);
      return Unexpected(state.error());
    }
    return Make({std::move(lock_), std::move(*db), {}, {}, false});
  }

  std::unique_ptr<Journal> Make(Opened opened) {
    return std::make_unique<SqliteJournal>(path_, options_, std::move(opened));
  }

  std::string Lost() const {
    const std::string words = "the journal " + path_ + " is gone, although there was one";
    const std::string evidence = NewestEvidence(path_);
    return evidence.empty() ? words : words + " (" + evidence + " may be it)";
  }

  // The file that is there becomes evidence; the first Commit makes another.
  Result<OpenedJournal> BeginAnew(const std::string& why) {
    auto evidence = SetAside(path_);
    if (!evidence) return Unwritable(Error{evidence.error().kind, why + "; " + evidence.error().message});
    if (!reserve_.Exists())
      reserve_.Make();  // should the power go before the first Commit, this is said again
    const std::string where = evidence->empty() ? "" : "; what there was is kept as " + *evidence;
    return OpenedJournal{Make({std::move(lock_), nullptr, {}, {}, false}), why + where + kNext, true};
  }

  Result<OpenedJournal> NoMatterWhat(const Error& error) {
    if (error.kind == ErrorKind::kBusy || error.kind == ErrorKind::kDenied ||
        error.kind == ErrorKind::kInvalid)
      return Unexpected(error);
    return Unwritable(error);
  }

  Result<OpenedJournal> Unwritable(const Error& error) {
    const Error broken{ErrorKind::kIo, error.message + "; nothing is written to it before it is begun anew"};
    auto copy = OpenCopy(path_);
    auto state = copy ? LoadState(**copy) : Result<State>(Unexpected(copy.error()));
    if (state) {
      return OpenedJournal{
          Make({std::move(lock_), nullptr, std::move(*state), broken, true}),
          error.message + "; it was read, and nothing new can be remembered before it is writable", false};
    }
    return OpenedJournal{
        Make({std::move(lock_), nullptr, {}, broken, false}),
        error.message + "; nor can it be read (" + state.error().message + "); check the device by hand",
        true};
  }

  const std::string path_;
  const JournalOptions options_;
  Reserve reserve_;
  sys::Fd lock_;
};

}  // namespace

Result<std::unique_ptr<Journal>> OpenJournal(const std::string& path, const JournalOptions& options) {
  try {
    if (auto kind = CheckKind(path); !kind && kind.error().kind == ErrorKind::kInvalid)
      return Unexpected(kind.error());
    if (auto made = MakeFolder(path); !made) return Unexpected(made.error());
    auto lock = LockJournal(path);
    if (!lock) return Unexpected(lock.error());
    auto db = OpenForWriting(path, IfMissing::kCreate);
    if (!db) return Unexpected(db.error());
    return std::unique_ptr<Journal>(std::make_unique<SqliteJournal>(
        path, options, Opened{std::move(*lock), std::move(*db), {}, {}, false}));
  } catch (const std::exception& e) {
    return Unexpected{ErrorKind::kUnavailable, "cannot open the journal " + path + ": " + e.what()};
  }
}

Result<OpenedJournal> OpenOrReplaceJournal(const std::string& path, const JournalOptions& options) {
  try {
    return Opening(path, options).OpenOrReplace();
  } catch (const std::exception& e) {
    return Unexpected{ErrorKind::kUnavailable, "cannot open the journal " + path + ": " + e.what()};
  }
}

}  // namespace kedge::store
