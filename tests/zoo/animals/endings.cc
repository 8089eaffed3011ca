// Every way to end.
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>

#include "animal.h"

namespace zoo {
namespace {

// Says something again and again, and settles once more each time that it could.
[[noreturn]] void Chat() {
  for (int word = 0; word < 30000; ++word) {
    WriteLine(1, "still here");
    WriteLine(2, "still here");
    Settle();
    usleep(10000);
  }
  _exit(0);
}

// With success, and as many children as argument 0 says stay, all called "weed". Argument 1: "deaf" ones, or
// "chatty" ones.
[[noreturn]] void Leave() {
  const bool deaf = std::string(Word(1)) == "deaf";
  const bool chatty = std::string(Word(1)) == "chatty";
  int ends[2];
  Must(pipe(ends) == 0, "pipe");
  for (long i = 0; i < Number(0, 1); ++i) {
    if (Fork() > 0) continue;
    if (deaf) IgnoreAllSignals();
    prctl(PR_SET_NAME, "weed");
    close(ends[0]);
    close(ends[1]);
    if (chatty) Chat();
    SettleAndNap();
  }
  close(ends[1]);
  char byte = 0;
  while (read(ends[0], &byte, 1) > 0) {  // until all of them have their name
  }
  WriteLine(1, "done");
  _exit(0);
}

}  // namespace

void Endings(const std::string& animal) {
  if (animal == "exit") _exit(static_cast<int>(Number(0)));
  if (animal == "signal") {
    raise(static_cast<int>(Number(0)));
    Nap();  // not for one that ends it
  }
  if (animal == "nap") SettleAndNap();
  if (animal == "leave") Leave();
}

}  // namespace zoo
