// The command, with a history made by hand.
#include "report/report.h"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "report/look.h"
#include "report/samples.h"

namespace kedge::report {
namespace {

class Made : public Source {
 public:
  std::string Thing() override { return "pi-1"; }
  Result<std::vector<PastExecution>> ExecutionsOf(const JobId& job) override {
    if (job.value == "broken") return Unexpected{ErrorKind::kCorrupt, "the journal is damaged"};
    if (job.value != "fw-42") return std::vector<PastExecution>{};
    PastExecution newer = Cancelled().execution;
    newer.id.number = 2;
    newer.text = "the second one";
    return std::vector<PastExecution>{newer, Cancelled().execution};
  }
  Result<std::vector<HistoryEntry>> Entries(const ExecutionId&) override { return Cancelled().entries; }
};

struct Said {
  int status = 0;
  std::string out, err;
};
Said Run(const std::vector<std::string>& words, bool terminal = false) {
  Said said;
  Io io;
  io.out = [&said](const std::string& text) {
    said.out += text;
    return 0;
  };
  io.err = [&said](const std::string& text) { said.err += text; };
  io.open = [](const std::string& config) -> Result<std::unique_ptr<Source>> {
    if (config == "/nowhere") return Unexpected{ErrorKind::kNotFound, "no configuration"};
    return std::unique_ptr<Source>(std::make_unique<Made>());
  };
  io.out_is_terminal = terminal;
  io.now = kWall + 60'000;
  said.status = Report(words, io);
  return said;
}

TEST_CASE("the newest execution is told, or the one that is named") {
  const Said newest = Run({"--html", "fw-42"});
  CHECK(newest.status == 0);
  CHECK(LookAt(newest.out).AllText().find("the second one") != std::string::npos);
  CHECK(LookAt(Run({"fw-42#1", "--html", "-o", "-"}).out).AllText().find("the second one") ==
        std::string::npos);
}

TEST_CASE("wrong use is one line that says what to type") {
  const std::vector<std::vector<std::string>> wrong = {{},
                                                       {"--html"},
                                                       {"fw-42"},
                                                       {"--html", "a", "b"},
                                                       {"--html", "a#x"},
                                                       {"--html", "a#"},
                                                       {"--json"},
                                                       {"--html=1", "a"},
                                                       {"--html", "a", "-o"},
                                                       {"--html", "a", "--output="},
                                                       {"--html", "a\nb#\x1b[2J"}};
  for (const auto& words : wrong) {
    const Said said = Run(words);
    CHECK(said.status == 2);
    CHECK(said.out.empty());
    CHECK(said.err.find("kedge ") != std::string::npos);
    CHECK_MESSAGE(said.err.find_first_of("\x1b\n") == std::string::npos, said.err);
  }
  const Said terminal = Run({"--html", "fw-42"}, true);
  CHECK(terminal.status == 2);
  CHECK(terminal.err.find("-o FILE") != std::string::npos);
  CHECK(Run({"--html", "fw-42", "-o", "-"}, true).status == 0);
}

TEST_CASE("help is printed, and asks for nothing") {
  CHECK(Run({"--help"}).out == kReportHelp);
  CHECK(Run({"--html", "-h"}).status == 0);
}

TEST_CASE("what cannot be read is said, with status 1") {
  CHECK(Run({"--html", "other"}).status == 1);
  CHECK(Run({"--html", "other"}).err.find("kedge history") != std::string::npos);
  CHECK(Run({"--html", "fw-42#9"}).err.find("no job fw-42#9") != std::string::npos);
  CHECK(Run({"--html", "broken"}).err == "the journal is damaged");
  CHECK(Run({"--html", "fw-42", "--config", "/nowhere"}).err == "no configuration");
}

TEST_CASE("a file is written for its owner alone, whole or not at all") {
  std::string name = (std::filesystem::temp_directory_path() / "report-test-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  const std::filesystem::path folder(name);
  const std::string path = (folder / "r.html").string();
  const Said said = Run({"--html", "fw-42", "--output=" + path});
  CHECK(said.status == 0);
  CHECK(said.out.empty());
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  LookAt(text.str());
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  const Said nowhere = Run({"--html", "fw-42", "-o", (folder / "no/r.html").string()});
  CHECK(nowhere.status == 1);
  CHECK(nowhere.err.starts_with("cannot write the report: "));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace kedge::report
