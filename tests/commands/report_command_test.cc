// `kedge report`: for support, and of a job.
#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "commands/kedge_command.h"

namespace kedge::op {
namespace {

// All that is in a .tar.gz, and the names of its files.
struct Unpacked {
  explicit Unpacked(const std::string& file)
      : names(Run("tar -tzf " + file).output), content(Run("tar -xOzf " + file).output) {}
  std::string names, content;
};

TEST_CASE("kedge: report is a bundle for support, without secrets") {
  const TemporaryFolder folder;
  const std::string config = ConfigIn(folder.path());
  std::ofstream(config, std::ios::app) << "# the broker's password: hunter2\n";
  WriteJournal(folder.path());
  {
    auto journal = store::OpenJournal(folder.path() + "/state/journal.db");
    REQUIRE(journal);
    auto state = (*journal)->Load();
    REQUIRE(state);
    const std::string said = R"({"task":1,"stdout":"a word of a step\nAPI_TOKEN=hunter2\n","stderr":""})";
    REQUIRE((*journal)->Commit(
        *state, *state,
        {{state->current->id, kWall, "step-ended", 0, "ended: https://a:hunter2@b/c", said}}));
  }
  const std::string file = folder.path() + "/r.tar.gz";
  const Outcome made = Run(Kedge(config, "report --offline -o " + file));
  CHECK(made.status == 0);
  CHECK(Has(made.output, file + ": "));
  CHECK(Has(made.output, "tar -xzf"));
  CHECK(Has(Run("stat -c %a " + file).output, "600"));
  const Unpacked unpacked(file);
  for (const char* name :
       {"/README.txt", "/doctor.txt", "/status.json", "/kedge.yaml", "/config.txt", "/history.txt",
        "/jobs/fw-42-2.json", "/jobs/fw-41-1.json", "/log.txt", "/system.txt"}) {
    CAPTURE(std::string(name));
    CHECK(Has(unpacked.names, name));
  }
  CHECK(Has(unpacked.content, "\"jobId\": \"fw-42\""));
  CHECK(Has(unpacked.content, "ended: https://(left out)@b/c"));
  CHECK_FALSE(Has(unpacked.content, "hunter2"));
  CHECK_FALSE(Has(unpacked.content, "a word of a step"));

  CHECK(Run(Kedge(config, "report --offline --with-output --jobs 1 -o " + file)).status == 0);
  const Unpacked more(file);
  CHECK(Has(more.content, "a word of a step"));
  CHECK_FALSE(Has(more.content, "hunter2"));
  CHECK_FALSE(Has(more.names, "fw-41-1"));
  // To be sent through a pipe.
  CHECK(Has(Run(Kedge(config, "report --offline -o - 2>/dev/null | tar -tz")).output, "/README.txt"));
  CHECK(Run(Kedge(config, "report --offline -o /nonexistent/r.tar.gz")).status == 1);
}

TEST_CASE("kedge: report --html tells the execution that is named, in a file for its owner alone") {
  const TemporaryFolder folder;
  const std::string config = ConfigIn(folder.path());
  WriteJournal(folder.path());
  const std::string file = folder.path() + "/r.html";
  CHECK(Run(Kedge(config, "report --html fw-41 -o " + file)).output.empty());
  const std::string page = Run("cat " + file).output;
  CHECK(page.starts_with("<!DOCTYPE html>"));
  CHECK(Has(page, "the service has it as CANCELED"));
  CHECK(Has(Run("stat -c %a " + file).output, "600"));
  CHECK(Run(Kedge(config, "report --html fw-41#1 -o -")).output.starts_with("<!DOCTYPE html>"));
  const auto json = nlohmann::json::parse(Run(Kedge(config, "--json report --html fw-41 -o " + file)).output);
  CHECK(json == nlohmann::json{{"file", file}, {"bytes", page.size()}});
  CHECK(Has(Run(Kedge(config, "report --html fw-41#9 -o -")).output, "no job fw-41#9"));
  CHECK(Has(Run(Kedge(config, "report --html fw-41 -o /nonexistent/r.html")).output,
            "cannot write the report: "));
}

}  // namespace
}  // namespace kedge::op
