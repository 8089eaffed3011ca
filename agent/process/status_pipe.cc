#include "process/status_pipe.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "sys/clock.h"

namespace kedge::process {
namespace {

constexpr int64_t kPause = 200;       // milliseconds
constexpr size_t kReadBytes = 65536;  // a whole pipe, as the kernel makes them

}  // namespace

void StatusLines::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    line_.append(part.substr(0, kMaxStatusLine - std::min(line_.size(), kMaxStatusLine)));
    if (end == std::string_view::npos) return;
    Line(line_);
    line_.clear();
    bytes.remove_prefix(end + 1);
  }
}

void StatusLines::Finish() {
  Line(line_);
  line_.clear();
}

void StatusLines::Line(std::string_view line) {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return;
  const size_t equals = line.find('=');
  const bool pair = equals != std::string_view::npos;
  std::string key(pair ? line.substr(0, equals) : "");
  std::string value(pair ? line.substr(equals + 1) : line);
  const bool ours = key == "progress" || key == "step";
  if (ours || told_.size() < kMaxStatusKeys || told_.contains(key)) told_[std::move(key)] = std::move(value);
}

Told StatusLines::Take() { return std::exchange(told_, {}); }

StatusPipe::StatusPipe(sys::EventLoop& loop, sys::Fd reading_end, std::function<void(const Told&)> told)
    : loop_(loop), told_(std::move(told)), fd_(std::move(reading_end)) {
  Watch();
}

void StatusPipe::Watch() {
  watch_ = loop_.OnFd(fd_.get(), EPOLLIN, [this](uint32_t) { OnReady(); });
}

bool StatusPipe::ReadSome() {
  std::array<char, kReadBytes> bytes;
  const ssize_t got = read(fd_.get(), bytes.data(), bytes.size());
  if (got > 0) {
    lines_.Append({bytes.data(), static_cast<size_t>(got)});
    return true;
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return errno == EINTR;
  fd_.reset();
  return false;
}

// One look, then a pause: who writes more than a pipe holds in that time has to wait. That is fine for
// reports on progress, and costs us nothing.
void StatusPipe::OnReady() {
  watch_.reset();
  ReadSome();
  if (fd_) {
    pause_ = loop_.At(sys::BootMillis() + kPause, [this] {
      pause_.reset();
      Watch();
    });
  } else {
    lines_.Finish();
  }
  if (!lines_.empty()) told_(lines_.Take());
}

void StatusPipe::ReadWhatIsThere() {
  // Somebody who got away with the other end cannot keep us here.
  static constexpr int kReads = 16;
  for (int reads = 0; fd_ && reads < kReads && ReadSome();) ++reads;
}

Told StatusPipe::TakeSoFar() {
  watch_.reset();
  ReadWhatIsThere();
  if (fd_ && !pause_) Watch();
  return lines_.Take();
}

Told StatusPipe::Finish() {
  watch_.reset();
  pause_.reset();
  ReadWhatIsThere();
  lines_.Finish();
  fd_.reset();
  return lines_.Take();
}

}  // namespace kedge::process
