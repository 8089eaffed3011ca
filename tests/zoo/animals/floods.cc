// Those that talk too much, too strangely, or not at all: on the two streams and on the status descriptor.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>

#include "animal.h"

namespace zoo {
namespace {

char block[1 << 16];

void FillBlock() {
  std::memset(block, 'x', sizeof block);
  for (size_t i = 63; i < sizeof block; i += 64) block[i] = '\n';
}

// 0 for ever, when `mebibytes` is.
void Pour(int fd, long mebibytes) {
  FillBlock();
  for (long i = 0; mebibytes == 0 || i < mebibytes * 16; ++i) {
    Must(WriteAll(fd, block, sizeof block), "write");
  }
}

// Argument 0: "out", "err" or "both" (at once); 1: MiB on each.
[[noreturn]] void Flood() {
  const std::string where = Word(0);
  if (where == "both") {
    const pid_t other = Fork();
    Pour(other == 0 ? 2 : 1, Number(1));
    if (other == 0) _exit(0);
    int status = 0;
    waitpid(other, &status, 0);
    _exit(status == 0 ? 0 : 1);
  }
  Pour(where == "err" ? 2 : 1, Number(1));
  _exit(0);
}

// The main process is gone, with success, and its grandchild floods on.
[[noreturn]] void FloodBehind() {
  if (Fork() > 0) _exit(0);
  setsid();
  if (Fork() > 0) _exit(0);
  signal(SIGTERM, SIG_IGN);
  Pour(1, 0);
  _exit(0);
}

// Floods for ever and is deaf.
[[noreturn]] void FloodOn() {
  IgnoreAllSignals();
  Settle();
  Pour(1, 0);
  _exit(0);
}

// Closes its streams first of all. Argument 0: "works" on and ends with success, or "stays".
[[noreturn]] void Silent() {
  close(1);
  close(2);
  if (std::strcmp(Word(0), "works") != 0) SettleAndNap();
  for (volatile long work = 0; work < 20000000;) work = work + 1;
  _exit(0);
}

// Every byte there is, and what a terminal would obey: colours, a title, a cleared screen, half a sequence.
[[noreturn]] void Binary() {
  std::string text = "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b[2J\x1b[H \xff\xfe \xe2\x82 \r\b\v";
  for (int byte = 0; byte < 256; ++byte) text += static_cast<char>(byte);
  text += "\x1b[";
  Must(WriteAll(1, text.data(), text.size()) && WriteAll(2, text.data(), text.size()), "write");
  _exit(0);
}

int StatusDescriptor() {
  const char* text = std::getenv("KEDGE_STATUS_FD");
  if (text == nullptr) NotHere("KEDGE_STATUS_FD is not set");
  return std::atoi(text);
}

// As many lines as argument 0 says, each a progress; then the last word.
[[noreturn]] void StatusLines() {
  const int fd = StatusDescriptor();
  std::string lines;
  for (long i = 0; i < Number(0); ++i) {
    lines += "progress=" + std::to_string(i % 100) + "\n";
    if (lines.size() < 32768) continue;
    Must(WriteAll(fd, lines.data(), lines.size()), "write");
    lines.clear();
  }
  WriteAll(fd, lines.data(), lines.size());
  WriteLine(fd, "progress=100");
  WriteLine(fd, "step=the last word");
  _exit(0);
}

// One line of as many KiB as argument 0 says, and one more of a decent length.
[[noreturn]] void StatusLine() {
  const int fd = StatusDescriptor();
  std::memset(block, 'y', sizeof block);
  Must(WriteAll(fd, "endless=", 8), "write");
  for (long i = 0; i < Number(0); ++i) Must(WriteAll(fd, block, 1024), "write");
  WriteLine(fd, "");
  WriteLine(fd, "progress=7");
  _exit(0);
}

// As many keys as argument 0 says, all different; and lines that are none.
[[noreturn]] void StatusKeys() {
  const int fd = StatusDescriptor();
  for (const char* line :
       {"", "=", "no equals sign", "=value", "\x1b[31m=red", "bad\xff=x", "ok=\xff\xfe", "a\tb=c"}) {
    WriteLine(fd, line);
  }
  for (long i = 0; i < Number(0); ++i) {
    WriteLine(fd, "key" + std::to_string(i) + "=" + std::string(100, 'v'));
  }
  WriteLine(fd, "progress=9");
  _exit(0);
}

}  // namespace

void Floods(const std::string& animal) {
  if (animal == "flood") Flood();
  if (animal == "flood-behind") FloodBehind();
  if (animal == "flood-on") FloodOn();
  if (animal == "silent") Silent();
  if (animal == "binary") Binary();
  if (animal == "status-lines") StatusLines();
  if (animal == "status-line") StatusLine();
  if (animal == "status-keys") StatusKeys();
}

}  // namespace zoo
