#include "process/capture.h"

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace kedge::process {
namespace {

constexpr size_t kReadBytes = 65536;

}  // namespace

void CaptureBuffer::Append(std::string_view bytes) {
  if (bytes.empty()) return;
  total_ += static_cast<int64_t>(bytes.size());
  lines_ += std::count(bytes.begin(), bytes.end(), '\n');
  line_open_ = bytes.back() != '\n';
  const size_t to_head = std::min(bytes.size(), head_limit_ - head_.size());
  head_.append(bytes.substr(0, to_head));
  bytes.remove_prefix(to_head);
  if (bytes.size() > tail_limit_) bytes.remove_prefix(bytes.size() - tail_limit_);
  tail_.append(bytes);
  // Trimmed only now and then: each byte is moved once at most.
  if (tail_.size() > 2 * tail_limit_) tail_.erase(0, tail_.size() - tail_limit_);
}

Capture CaptureBuffer::Take() {
  if (tail_.size() > tail_limit_) tail_.erase(0, tail_.size() - tail_limit_);
  Capture capture;
  capture.dropped = total_ - static_cast<int64_t>(head_.size() + tail_.size());
  capture.lines = lines_ + (line_open_ ? 1 : 0);
  capture.head = std::move(head_);
  capture.tail = std::move(tail_);
  return capture;
}

CapturedPipe::CapturedPipe(sys::EventLoop& loop, sys::Fd reading_end, size_t keep_bytes,
                           std::function<void(std::string_view)> also)
    : buffer_(keep_bytes), also_(std::move(also)), fd_(std::move(reading_end)) {
  watch_ = loop.OnFd(fd_.get(), EPOLLIN, [this](uint32_t) { ReadSome(); });
}

bool CapturedPipe::ReadSome() {
  std::array<char, kReadBytes> bytes;
  const ssize_t got = read(fd_.get(), bytes.data(), bytes.size());
  if (got > 0) {
    const std::string_view read_now(bytes.data(), static_cast<size_t>(got));
    buffer_.Append(read_now);
    also_(read_now);
    return true;
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return errno == EINTR;
  watch_.reset();  // its end, or an error: the pipe would be ready for ever
  fd_.reset();
  return false;
}

void CapturedPipe::ReadWhatIsThere() {
  static constexpr size_t kLargestPipe = (1 << 20) / kReadBytes;  // /proc/sys/fs/pipe-max-size, in reads
  for (size_t reads = 0; fd_ && reads < kLargestPipe && ReadSome();) ++reads;
}

bool CapturedPipe::IsHeld() const {
  pollfd end{fd_.get(), 0, 0};
  return fd_ && poll(&end, 1, 0) == 0;  // nobody there: POLLHUP
}

Capture CapturedPipe::TakeSoFar() {
  ReadWhatIsThere();
  Capture so_far = buffer_.Take();
  buffer_ = CaptureBuffer(0);
  return so_far;
}

Capture CapturedPipe::Finish() {
  ReadWhatIsThere();
  watch_.reset();
  fd_.reset();
  return buffer_.Take();
}

}  // namespace kedge::process
