#include "store.h"

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "program.h"
#include "scene.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;

const Record kThing{"thing", "pi-1", json{{"a", 1}}};

Records Everything(const Store& store) {
  auto records = store.Load();
  REQUIRE(records);
  return *records;
}

TEST_CASE("what was committed is there when the file is opened again, in the order of kind and id") {
  TemporaryFolder folder;
  {
    auto store = Store::Open(folder.File("store"));
    REQUIRE(store);
    std::string bytes = "any bytes: ";
    bytes += '\0';
    bytes += "\xff";
    REQUIRE(store->Commit({kThing, {"document", "j", json(), bytes}, {"thing", "gone", json(1)}}));
    REQUIRE(store->Commit({{"thing", "gone", std::nullopt}, {"thing", "pi-1", json{{"a", 2}}}}));
  }
  const auto store = Store::Open(folder.File("store"));
  REQUIRE(store);
  const Records records = Everything(*store);
  REQUIRE(records.size() == 2);
  CHECK(records[0].kind == "document");
  CHECK(records[0].bytes.size() == 13);
  CHECK(records[1].id == "pi-1");
  CHECK(*records[1].body == json{{"a", 2}});
}

TEST_CASE("a store in use is refused, and what to do is said") {
  TemporaryFolder folder;
  const auto first = Store::Open(folder.File("store"));
  REQUIRE(first);
  const auto second = Store::Open(folder.File("store"));
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == ErrorKind::kBusy);
  CHECK(second.error().message.find("another drydock uses it") != std::string::npos);
}

TEST_CASE("a store that may only be read is refused, and the reason is said") {
  namespace fs = std::filesystem;
  TemporaryFolder folder;
  REQUIRE(Store::Open(folder.File("store")));
  fs::permissions(folder.File(""), fs::perms(0755));
  fs::permissions(folder.File("store"), fs::perms(0444));
  const uid_t before = geteuid();
  if (before == 0) REQUIRE(seteuid(65534) == 0);  // root may write everything
  const auto store = Store::Open(folder.File("store"));
  REQUIRE(seteuid(before) == 0);
  REQUIRE_FALSE(store);
  CHECK(store.error().message.find("it may only be read here") != std::string::npos);
}

TEST_CASE("what is no store is refused and left as it is") {
  TemporaryFolder folder;
  const std::string text(5000, 'x');
  std::ofstream(folder.File("store")) << text;
  CHECK_FALSE(Store::Open(folder.File("store")));
  std::ifstream file(folder.File("store"));
  CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == text);
  const auto nowhere = Store::Open(folder.File("no/such/folder"));
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().message.find("no/such/folder") != std::string::npos);
}

TEST_CASE("a database of somebody else is refused, and no table is added to it") {
  TemporaryFolder folder;
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(folder.File("theirs").c_str(), &database) == SQLITE_OK);
  sqlite3_exec(database, "CREATE TABLE theirs (a)", nullptr, nullptr, nullptr);
  sqlite3_close(database);
  for (int i = 0; i < 2; ++i) {
    const auto store = Store::Open(folder.File("theirs"));
    REQUIRE_FALSE(store);
    CHECK(store.error().message.find("somebody else's database") != std::string::npos);
  }
}

TEST_CASE("a store of a newer drydock is refused") {
  TemporaryFolder folder;
  REQUIRE(Store::Open(folder.File("store")));
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(folder.File("store").c_str(), &database) == SQLITE_OK);
  sqlite3_exec(database, "PRAGMA user_version = 99", nullptr, nullptr, nullptr);
  sqlite3_close(database);
  const auto store = Store::Open(folder.File("store"));
  REQUIRE_FALSE(store);
  CHECK(store.error().message.find("newer drydock") != std::string::npos);
}

TEST_CASE("a failed commit leaves nothing of itself behind") {
  TemporaryFolder folder;
  auto store = Store::Open(folder.File("store"));
  REQUIRE(store);
  REQUIRE(store->Commit({kThing}));
  // A record of SQLite's limit and more: refused in the middle of the transaction.
  Record big{"thing", "big", json(1)};
  big.bytes.resize(1'000'000'001);
  CHECK_FALSE(store->Commit({{"thing", "pi-2", json(1)}, big}));
  CHECK(Everything(*store).size() == 1);
  REQUIRE(store->Commit({{"thing", "pi-2", json(1)}}));
  CHECK(Everything(*store).size() == 2);
}

TEST_CASE("timers go on over a restart, and one that ran out meanwhile ends its execution then") {
  Scene scene;
  scene.CreateJob("a", {{"timeoutConfig", {{"inProgressTimeoutInMinutes", 20}}}});
  scene.Device("start-next", R"({"statusDetails":{"step":"1"},"stepTimeoutInMinutes":5})");
  scene.Restart();
  CHECK(scene.service.NextDeadline() == scene.now + std::chrono::minutes(5));
  CHECK(scene.Ask("a/get")["execution"]["statusDetails"]["step"] == "1");
  scene.now += std::chrono::minutes(10);  // while nobody served
  scene.Restart();
  scene.Pass(std::chrono::milliseconds(0));
  CHECK(scene.Execution("a")["status"] == "TIMED_OUT");
  CHECK(scene.Events().find("notify {") != std::string::npos);
}

TEST_CASE("the pending order and the numbers go on over a restart") {
  Scene scene;
  for (const char* id : {"c", "a", "b"}) scene.CreateJob(id);  // all in the same millisecond
  scene.Restart();
  CHECK(scene.Ask("$next/get")["execution"]["jobId"] == "c");
  scene.CreateJob("d");
  scene.Device("c/update", R"({"status":"SUCCEEDED"})");
  scene.Restart();
  const json lists = scene.Ask("get");
  REQUIRE(lists["queuedJobs"].size() == 3);
  CHECK(lists["queuedJobs"][0]["jobId"] == "a");
  CHECK(lists["queuedJobs"][2]["jobId"] == "d");
  CHECK(scene.Ask("c/update", R"({"status":"FAILED"})")["executionState"]["status"] == "SUCCEEDED");
}

TEST_CASE("a document of any bytes is the same after a restart") {
  Scene scene;
  const std::string document = "{\"a\":\"\xff\xfe\"} trailing";
  REQUIRE(scene.service.control().CreateRawJob("raw", document, {"pi-1"}, scene.now));
  scene.Restart();
  CHECK((*scene.service.control().DescribeJob("raw"))->document == document);
}

}  // namespace
}  // namespace kedge::drydock
