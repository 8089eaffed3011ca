#include "doctor/device.h"

#include <fcntl.h>
#include <sys/timex.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "sys/clock.h"
#include "sys/files.h"

namespace kedge::doctor {
namespace {

constexpr int kWrites = 15;
constexpr size_t kBytes = 4096;  // a page of the journal's log

// A file without a name is gone with its descriptor, whatever happens to us. Where there are none, one that
// has its name for a moment.
sys::Fd MakeFile(const std::string& folder) {
  sys::Fd file(open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT && errno != EINVAL)) return file;
  std::string path = folder + "/.kedge-doctor-XXXXXX";
  file.reset(mkostemp(path.data(), O_CLOEXEC));
  if (file) unlink(path.c_str());
  return file;
}

}  // namespace

Result<std::vector<std::chrono::microseconds>> TimeSyncs(const std::string& folder) {
  const sys::Fd file = MakeFile(folder);
  if (!file) return Unexpected(sys::ErrnoError("make a file in " + folder, errno));
  const std::array<char, kBytes> page{};
  std::vector<std::chrono::microseconds> times;
  for (int i = 0; i < kWrites; ++i) {
    const auto before = std::chrono::steady_clock::now();
    if (pwrite(file.get(), page.data(), page.size(), static_cast<off_t>(i) * static_cast<off_t>(kBytes)) !=
        static_cast<ssize_t>(page.size()))
      return Unexpected(sys::ErrnoError("write to a file in " + folder, errno));
    if (fsync(file.get()) != 0) return Unexpected(sys::ErrnoError("fsync a file in " + folder, errno));
    times.push_back(
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - before));
  }
  return times;
}

bool ClockIsSynchronised() {
  timex clock{};  // no modes: it only reads
  return adjtimex(&clock) != TIME_ERROR && (clock.status & STA_UNSYNC) == 0;
}

int64_t WallNow() { return sys::WallMillis(); }

}  // namespace kedge::doctor
