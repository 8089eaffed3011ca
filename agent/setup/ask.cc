#include "setup/ask.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace kedge::setup {
namespace {

std::string Trimmed(const std::string& text) {
  constexpr char kBlanks[] = " \t\r\n";
  const size_t from = text.find_first_not_of(kBlanks);
  return from == std::string::npos ? "" : text.substr(from, text.find_last_not_of(kBlanks) + 1 - from);
}

}  // namespace

bool Terminal::IsThere() { return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1; }

Result<std::string> Terminal::Ask(const std::string& question, const std::string& proposal) {
  std::printf("%s%s: ", question.c_str(), proposal.empty() ? "" : (" [" + proposal + "]").c_str());
  std::fflush(stdout);
  size_t end = 0;
  while ((end = waiting_.find('\n')) == std::string::npos) {
    pollfd ready[2] = {{STDIN_FILENO, POLLIN, 0}, {interrupt_.fd(), POLLIN, 0}};
    if (poll(ready, 2, -1) < 0 && errno != EINTR) return Unexpected(sys::ErrnoError("poll", errno));
    if (interrupt_.came()) return Unexpected{ErrorKind::kUnavailable, "interrupted"};
    if (ready[0].revents == 0) continue;
    char buffer[512];
    const ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
    if (got <= 0) return Unexpected{ErrorKind::kUnavailable, "no answer: the input has ended"};
    waiting_.append(buffer, static_cast<size_t>(got));
  }
  const std::string answer = Trimmed(waiting_.substr(0, end));
  waiting_.erase(0, end + 1);
  return answer.empty() ? proposal : answer;
}

Result<bool> Terminal::Confirm(const std::string& question) {
  const auto answer = Ask(question + " [y/N]", "");
  if (!answer) return Unexpected(answer.error());
  return answer->starts_with("y") || answer->starts_with("Y");
}

}  // namespace kedge::setup
