// The rig's own promise: whatever happens to a test, nothing is left of it.
#include "rig/rig.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "rig/files.h"
#include "rig/settings.h"

namespace kedge::rig {
namespace {

// A job whose step ignores SIGTERM, with a daemon that has nothing of the agent's environment.
void StartAStubbornJob(Rig& rig) {
  const std::string stubborn =
      rig.Script("stubborn", "trap '' TERM; setsid env -i bash -c 'exec -a " + rig.mark() +
                                 "-daemon sleep 1000' & while :; do sleep 1; done");
  rig.service().CreateJob("a", rig.Document({rig.Step(stubborn)}));
  rig.WaitUntil("the daemon", [&] { return !AliveWith(rig.mark() + "-daemon").empty(); });
}

TEST_CASE("a rig that goes takes all programs, steps and files along") {
  std::string folder;
  {
    Rig rig;
    folder = rig.Folder("");
    StartAStubbornJob(rig);
    CHECK(Exists(folder));
  }
  CHECK(AliveWith(folder.substr(0, folder.size() - 1)).empty());
  CHECK(!Exists(folder));
}

TEST_CASE("a test that is killed leaves no process and no file") {
  std::array<int, 2> line{};
  REQUIRE(pipe(line.data()) == 0);
  const pid_t test = fork();
  if (test == 0) {
    Rig rig;
    StartAStubbornJob(rig);
    const std::string folder = rig.Folder("");
    if (write(line[1], folder.data(), folder.size()) < 0) _exit(1);
    close(line[1]);
    for (;;) pause();
  }
  close(line[1]);
  std::array<char, 4096> text{};
  const ssize_t length = read(line[0], text.data(), text.size());
  close(line[0]);
  kill(test, SIGKILL);
  waitpid(test, nullptr, 0);
  REQUIRE(length > 0);
  const std::string folder(text.data(), static_cast<std::size_t>(length));
  CHECK(
      BecomesTrue([&] { return !Exists(folder) && AliveWith(folder.substr(0, folder.size() - 1)).empty(); }));
}

TEST_CASE("a command that is stopped goes on") {
  Rig rig;
  CHECK(Run({"/bin/sh", "-c", "kill -STOP $$; exit 7"}, rig.Folder("")).status == 7);
}

TEST_CASE("a test's settings go over the rig's, member by member") {
  CHECK(Merged("a: {x: 1, y: 2}\nb: 3", "a: {y: 4}") == "a: {x: 1, y: 4}\nb: 3\n");
  CHECK(Merged("a: [1, 2]", "a: [3]") == "a: [3]\n");
}

}  // namespace
}  // namespace kedge::rig
