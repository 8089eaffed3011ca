// What may stand behind `kedge doctor`, how its page looks, and that its help and its page name every check.
#include "doctor/options.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>

#include "doctor/checks.h"
#include "doctor/scene.h"
#include "rig/files.h"

namespace kedge::doctor_test {
namespace {

using doctor::ParseOptions;

TEST_CASE("options, with their values behind them or behind '='") {
  const auto options = ParseOptions({"--only", "disk,clock", "--only=key", "--timeout=3", "-q", "--offline"});
  REQUIRE(options);
  CHECK(options->only == Words{"disk", "clock", "key"});
  CHECK(options->timeout == std::chrono::seconds(3));
  CHECK(options->quiet);
  CHECK(options->offline);
  CHECK_FALSE(options->json);
  CHECK(options->Wants("key"));
  CHECK_FALSE(options->Wants("dns"));
}

TEST_CASE("wrong use is one line that says what to type, and status 2") {
  Scene scene;
  for (const auto& [words, named] : std::vector<std::pair<Words, std::string>>{
           {{"--only", "discs"}, "no check 'discs'; type: kedge doctor --only config,services,"},
           {{"--only="}, "--only needs a value; type: kedge doctor --help"},
           {{"--timeout", "0"}, "--timeout is a number of seconds from 1 to 600, not '0'"},
           {{"--timeout", "10s"}, "not '10s'"},
           {{"--json=yes"}, "doctor does not know '--json=yes'; type: kedge doctor --help"},
           {{"everything"}, "doctor does not know 'everything'"},
           {{"\x1b[2Jred"}, "doctor does not know 'red'"}}) {
    const std::string said = scene.Text(words);
    INFO(said);
    CHECK(said.find(named) != std::string::npos);
    CHECK(std::count(said.begin(), said.end(), '\n') == 0);
    CHECK(scene.status() == 2);
  }
}

TEST_CASE("the help and the page name every check, and no other stands in the page's table") {
  Scene scene;
  const std::string help = scene.Text({"--help"});
  const std::string page = rig::ReadIfThere(DOCTOR_PAGE);
  CHECK(scene.status() == 0);
  std::vector<std::string> in_page;
  for (const std::string& line : rig::Lines(page)) {
    if (line.starts_with("| `")) in_page.push_back(line.substr(3, line.find('`', 3) - 3));
  }
  CHECK(in_page == doctor::AllIds());
  for (const std::string& id : doctor::AllIds()) {
    CHECK(
        (help.find(" " + id + ",") != std::string::npos || help.find(" " + id + "\n") != std::string::npos));
  }
}

TEST_CASE("--only looks at these alone, and at what they need without a word") {
  Scene scene;
  CHECK(scene.Look({"--only", "memory,sync"})["checks"].size() == 2);
  // The clock is held against the certificate.
  scene.io.device.clock_is_synchronised = [] { return false; };
  scene.Issue({"20400101000000Z", "20410101000000Z"});
  const json report = scene.Look({"--only", "clock"});
  REQUIRE(report["checks"].size() == 1);
  CHECK(report["checks"][0]["level"] == "problem");
}

TEST_CASE("--quiet tells only what is not ok") {
  Scene scene;
  CHECK(scene.Text({"--quiet"}).find("ok        ") == std::string::npos);
  scene.Configure("jobs: {sync: false}");
  const json report = scene.Look({"--quiet"});
  REQUIRE(NotOk(report) == std::set<std::string>{"sync"});
  CHECK(report["counts"]["ok"] > 10);
  const std::string text = scene.Text({"--quiet"});
  CHECK(text.starts_with("warning  sync         jobs.sync is off"));
  CHECK(text.find("\nskipped") == std::string::npos);
}

TEST_CASE("colour is only an addition, and 80 columns are enough for all but what is to be copied") {
  Scene scene;
  chmod(scene.Folder("handlers/good/run").c_str(), 0777);
  const std::string plain = scene.Text();
  scene.io.look.colour = true;
  const std::string coloured = scene.Text();
  CHECK(coloured.find("\x1b[31mproblem\x1b[0m  handlers") != std::string::npos);
  std::string stripped;
  for (size_t i = 0; i < coloured.size(); ++i) {
    if (coloured[i] == '\x1b') {
      i = coloured.find('m', i);
    } else {
      stripped += coloured[i];
    }
  }
  CHECK(stripped == plain);
  scene.io.look.colour = false;
  scene.io.look.width = 80;
  for (const std::string& line : rig::Lines(scene.Text())) {
    const bool is_one_word = line.find_last_of(' ') <= 22;  // a path that is longer than a line takes
    CHECK_MESSAGE((line.size() <= 80 || line.find("type: ") != std::string::npos || is_one_word), line);
  }
}

}  // namespace
}  // namespace kedge::doctor_test
