// The judge finds what it is there for: made histories and facts, each with one thing wrong.
#include "judge.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "chronicle.h"
#include "dice.h"
#include "plan.h"

namespace kedge::weather {
namespace {

using nlohmann::json;
using History = std::vector<json>;

json Change(const char* job, const char* from, const char* to, int version, const char* by) {
  json entry = {{"kind", "execution"}, {"job", job}, {"version", version}, {"by", by}};
  if (*from != 0) entry["from"] = from;
  if (*to != 0) entry["to"] = to;
  return entry;
}

json Update(const char* job, const char* status, int version) {
  json entry = {{"kind", "mqtt-in"}, {"operation", "update"}, {"job", job}};
  entry["payload"] = json{{"status", status}}.dump();
  entry["decided"] = version > 0 ? "accepted" : "lost";
  if (version > 0) entry["version"] = version;
  return entry;
}

// A job from its creation to IN_PROGRESS.
History Begun(const char* job) {
  return {json::object({{"kind", "http"}}), Change(job, "", "QUEUED", 1, "http"),
          Update(job, "IN_PROGRESS", 2), Change(job, "QUEUED", "IN_PROGRESS", 2, "mqtt")};
}

History operator+(History left, const History& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

History Succeeded(const char* job) {
  return Begun(job) + History{Update(job, "IN_PROGRESS", 3), Update(job, "SUCCEEDED", 4),
                              Change(job, "IN_PROGRESS", "SUCCEEDED", 4, "mqtt")};
}

JobFacts Facts(const char* status) {
  return {.id = "a",
          .status = status,
          .ends = {"SUCCEEDED", "CANCELED"},
          .runs1 = 1,
          .runs2 = 1,
          .difference = "app.conf: other content",
          .missing = "",
          .sightings = {}};
}

// All of it begins with the invariant, and there is one.
void Finds(const Violations& violations, const std::string& begin) {
  REQUIRE(violations.size() == 1);
  CHECK(violations[0].starts_with(begin));
}

TEST_CASE("a history in which all went well has nothing to say") {
  CHECK(JudgeHistory(Succeeded("a") + Succeeded("b")).empty());
}

TEST_CASE("an execution that ends twice, or changes after its end") {
  Finds(JudgeHistory(Succeeded("a") + History{Change("a", "SUCCEEDED", "CANCELED", 5, "http")}),
        "I5 job a: ends twice");
  Finds(JudgeHistory(Succeeded("a") + History{Update("a", "IN_PROGRESS", 5)}),
        "I5 job a: an update is accepted");
}

TEST_CASE("a version that jumps or stays") {
  Finds(JudgeHistory(Begun("a") + History{Update("a", "IN_PROGRESS", 4)}),
        "I5 job a: the version goes from 2 to 4");
  Finds(JudgeHistory(Begun("a") + History{Update("a", "IN_PROGRESS", 2)}),
        "I5 job a: the version goes from 2 to 2");
  Finds(JudgeHistory(Begun("a") + History{Change("a", "IN_PROGRESS", "CANCELED", 2, "http")}),
        "I5 job a: the version goes from 2 to 2");
}

TEST_CASE("a job that is accepted while another is in progress") {
  Finds(JudgeHistory(Begun("a") + Begun("b")), "I3 job b");
}

TEST_CASE("a device that claims SUCCEEDED after FAILED, also when nobody heard it") {
  Finds(JudgeHistory(Begun("a") + History{Update("a", "FAILED", 0), Update("a", "SUCCEEDED", 0)}),
        "I5 job a: the device claims SUCCEEDED");
}

TEST_CASE("what the service decided in the moment of its kill may be forgotten, but not what it told") {
  const History sent{json::object({{"kind", "mqtt-out"}})};
  const History lost{json::object({{"kind", "fault"}, {"did", "drop"}, {"payload", "{}"}})};
  const History killed{json::object({{"kind", "start"}})};
  const History queued{Change("a", "", "QUEUED", 1, "http")};
  const History started{Update("a", "IN_PROGRESS", 2), Change("a", "QUEUED", "IN_PROGRESS", 2, "mqtt")};
  CHECK(JudgeHistory(queued + sent + started + killed + started).empty());
  CHECK(!JudgeHistory(queued + sent + started + sent + killed + started).empty());
  CHECK(!JudgeHistory(queued + sent + started + lost + killed + started).empty());
}

TEST_CASE("a job that did not succeed and left its changes, and one that did and has none") {
  Finds(JudgeDevice({Facts("CANCELED")}, {}), "I1 job a: CANCELED, but on the device app.conf");
  CHECK(JudgeDevice({Facts("SUCCEEDED")}, {}).empty());
  JobFacts nothing_done = Facts("SUCCEEDED");
  nothing_done.missing = "done is not there";
  Finds(JudgeDevice({nothing_done}, {}), "I1 job a: SUCCEEDED, but on the device done");
}

TEST_CASE("an end without a reason") {
  JobFacts facts = Facts("FAILED");
  facts.difference = "";
  Finds(JudgeDevice({facts}, {}), "I1 job a: ends FAILED");
}

TEST_CASE("a step that ran twice, or never although the job succeeded") {
  JobFacts twice = Facts("SUCCEEDED");
  twice.runs1 = 2;
  Finds(JudgeDevice({twice}, {}), "I4 job a");
  JobFacts never = Facts("SUCCEEDED");
  never.runs2 = 0;
  Finds(JudgeDevice({never}, {}), "I4 job a");
}

TEST_CASE("a job that begins on top of another one's changes or beside its daemon") {
  JobFacts facts = Facts("SUCCEEDED");
  facts.sightings = {{"b", true, false}};
  Finds(JudgeDevice({facts}, Begun("b") + Succeeded("a")), "I3 job a");
  CHECK(JudgeDevice({facts}, Succeeded("b") + Succeeded("a")).empty());
  facts.sightings = {{"b", false, true}};
  Finds(JudgeDevice({facts}, Begun("b") + Succeeded("a")), "I2 job a");
}

TEST_CASE("a history file is read as it grows, without a line that a kill cut off") {
  const std::string path =
      std::filesystem::temp_directory_path() / ("kedge-chronicle-" + std::to_string(getpid()));
  const auto append = [&path](const std::string& text) { std::ofstream(path, std::ios::app) << text; };
  Chronicle chronicle(path);
  chronicle.Read();
  CHECK(chronicle.entries().empty());
  append(Change("a", "", "QUEUED", 1, "http").dump() + "\n" + Update("a", "FAILED", 0).dump().substr(0, 30));
  chronicle.Read();
  CHECK(chronicle.StatusOf("a") == "QUEUED");
  CHECK(chronicle.messages() == 0);
  append(Update("a", "FAILED", 0).dump().substr(30) + "\n{\"kind\":\"mqt");
  chronicle.Read();
  CHECK(chronicle.messages() == 1);
  CHECK(chronicle.IsReported("a"));
  append("{\"kind\":\"start\"}\n" + Change("a", "QUEUED", "FAILED", 2, "mqtt").dump() + "\n");
  chronicle.Read();
  CHECK(chronicle.IsOver("a"));
  CHECK(chronicle.entries().size() == 3);
  std::filesystem::remove(path);
}

TEST_CASE("a seed draws the same plan each time, and other seeds draw others") {
  CHECK(ToString(Draw(7)) == ToString(Draw(7)));
  CHECK(ToString(Draw(7)) != ToString(Draw(8)));
  Dice dice(1);
  CHECK(dice.Number(0, 1 << 30) == 844'200'428);
}

}  // namespace
}  // namespace kedge::weather
