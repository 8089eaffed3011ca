#include "sys/clock.h"

#include <sys/random.h>

#include <cerrno>
#include <ctime>
#include <system_error>

#include "sys/files.h"

namespace kedge::sys {
namespace {

int64_t Millis(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);  // fails only for a clock that does not exist
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1000000;
}

void FillRandom(unsigned char* bytes, size_t count) {
  while (count > 0) {
    const ssize_t got = getrandom(bytes, count, 0);
    // A caller cannot go on without randomness, and the kernel cannot be without it: nothing to recover here.
    if (got < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "getrandom");
    if (got <= 0) continue;
    bytes += got;
    count -= static_cast<size_t>(got);
  }
}

}  // namespace

int64_t BootMillis() { return Millis(CLOCK_BOOTTIME); }

int64_t WallMillis() { return Millis(CLOCK_REALTIME); }

Result<std::string> BootId() {
  auto id = ReadFile("/proc/sys/kernel/random/boot_id");
  if (id && !id->empty() && id->back() == '\n') id->pop_back();
  return id;
}

std::string RandomWord(size_t count) {
  static constexpr std::string_view kAlphabet =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  // Bytes from this on are thrown away: a plain remainder would prefer the first letters.
  static constexpr size_t kFair = 256 / kAlphabet.size() * kAlphabet.size();
  std::string word;
  word.reserve(count);
  while (word.size() < count) {
    unsigned char bytes[32];
    FillRandom(bytes, sizeof bytes);
    for (const unsigned char byte : bytes) {
      if (byte < kFair && word.size() < count) word += kAlphabet[byte % kAlphabet.size()];
    }
  }
  return word;
}

double RandomFraction() {
  uint64_t bits = 0;
  FillRandom(reinterpret_cast<unsigned char*>(&bits), sizeof bits);
  return static_cast<double>(bits >> 11) * 0x1p-53;  // the 53 bits that a double holds exactly
}

}  // namespace kedge::sys
