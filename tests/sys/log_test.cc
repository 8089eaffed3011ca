#include "sys/log.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>

#include "sys/files.h"

namespace kedge::sys {
namespace {

// What `body` prints on stderr, with stderr being a file.
std::string StderrOf(const std::function<void()>& body) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(tmpfile(), fclose);
  REQUIRE(file);
  const Fd real(dup(2));
  REQUIRE(dup2(fileno(file.get()), 2) == 2);
  body();
  dup2(real.get(), 2);
  std::string text(100000, '\0');
  const ssize_t got = pread(fileno(file.get()), text.data(), text.size(), 0);
  text.resize(static_cast<size_t>(got < 0 ? 0 : got));
  return text;
}

TEST_CASE("on a terminal or file: time, program, level, line, below the level nothing") {
  const std::string text = StderrOf([] {
    unsetenv("JOURNAL_STREAM");
    StartLog("kedged", LogLevel::kInfo);
    Log(LogLevel::kDebug, "hidden");
    Log(LogLevel::kWarning, "step 1 of {} %s");
  });
  CHECK(text.find("hidden") == std::string::npos);
  CHECK(text.find(" kedged warning: step 1 of {} %s\n") != std::string::npos);
}

TEST_CASE("on the journal's stream, the journal away: the priority and the line alone") {
  const std::string text = StderrOf([] {
    struct stat stream {};
    fstat(2, &stream);
    setenv("JOURNAL_STREAM", (std::to_string(stream.st_dev) + ":" + std::to_string(stream.st_ino)).c_str(),
           1);
    StartLog("kedged", LogLevel::kDebug);
    Log(LogLevel::kError, "e");
    Log(LogLevel::kWarning, "w");
    Log(LogLevel::kInfo, "i");
    Log(LogLevel::kDebug, "d");
    unsetenv("JOURNAL_STREAM");
  });
  // Where there is a journal the lines have gone there, by its own socket.
  const bool journal = access("/run/systemd/journal/socket", F_OK) == 0;
  CHECK(text == (journal ? "" : "<3>e\n<4>w\n<6>i\n<7>d\n"));
}

TEST_CASE("whatever is logged stays one line, so that nothing can forge another") {
  const std::string text = StderrOf([] {
    unsetenv("JOURNAL_STREAM");
    StartLog("kedged", LogLevel::kInfo);
    Log(LogLevel::kInfo, "a\n<0>b\x1b[2J\r\tc \xc3\xbc");
  });
  CHECK(text.find("a\\n<0>b\\x1b[2J\\x0d\tc \xc3\xbc\n") != std::string::npos);
}

}  // namespace
}  // namespace kedge::sys
