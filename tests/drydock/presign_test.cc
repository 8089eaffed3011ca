// Presigned URLs, from the placeholder in a document to the bytes behind them.

#include "presign.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "folder_files.h"
#include "program.h"
#include "s3_api.h"
#include "scene.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr const char* kThing = "arn:aws:iot:us-east-1:000000000000:thing/pi-1";
constexpr const char* kDocument =
    R"({"url":"${aws:iot:s3-presigned-url:https://s3.amazonaws.com/bucket/a/b%20c.bin}"})";
const Instant kNow{seconds(Scene::kStart)};

class Bytes : public Files {
 public:
  std::optional<std::string> Read(const std::string& bucket, const std::string& key) const override {
    if (bucket != "bucket" || key != "a/b c.bin") return std::nullopt;
    return std::string("one\0two\xFF", 8);
  }
};

// What a device would ask for: the URL's path and query.
std::string TargetOf(const std::string& document) {
  const std::string url = json::parse(document)["url"];
  REQUIRE(url.starts_with("http://127.0.0.1:8080/drydock/s3/"));
  return url.substr(std::string("http://127.0.0.1:8080").size());
}

struct Shop {
  Presigner presigner{"http://127.0.0.1:8080/drydock/s3"};
  Bytes files;

  std::string Target() { return TargetOf(presigner.Deliver(kDocument, seconds(600), kNow)); }
  HttpReply Get(const std::string& target, Instant now = kNow, const std::string& method = "GET") const {
    return AnswerFile(files, presigner, {.method = method, .target = target}, now);
  }
};

bool Has(const HttpReply& reply, const std::string& text) {
  return reply.body.find(text) != std::string::npos;
}

TEST_CASE("the URL that stands for a placeholder gives the file, until it expires") {
  Shop shop;
  const std::string target = shop.Target();
  const HttpReply good = shop.Get(target);
  CHECK(good.status == 200);
  CHECK(good.body == std::string("one\0two\xFF", 8));
  CHECK(good.content_type == "application/octet-stream");
  CHECK(good.headers.at("ETag").size() == 34);
  CHECK(good.headers.at("Accept-Ranges") == "bytes");
  CHECK(shop.Get(target, kNow + seconds(600)).status == 200);
  const HttpReply late = shop.Get(target, kNow + seconds(601));
  CHECK(late.status == 403);
  CHECK(Has(late, "<Code>AccessDenied</Code><Message>Request has expired</Message>"));
}

TEST_CASE("a URL that was changed anywhere is no longer good") {
  Shop shop;
  const std::string target = shop.Target();
  const auto changed = [&](const std::string& from, const std::string& to) {
    CAPTURE(from);
    std::string other = target;
    REQUIRE(other.find(from) != std::string::npos);
    other.replace(other.find(from), from.size(), to);
    const HttpReply reply = shop.Get(other);
    CHECK(reply.status == 403);
    CHECK(Has(reply, "<Code>SignatureDoesNotMatch</Code>"));
  };
  changed("b%20c.bin", "other.bin");
  changed("/bucket/", "/bucket2/");
  changed("X-Amz-Expires=600", "X-Amz-Expires=6000");
  changed("X-Amz-Expires=600", "X-Amz-Expires=");
  changed("X-Amz-Date=2", "X-Amz-Date=3");
  changed("X-Amz-Date=2", "X-Amz-Date=x");
  changed("X-Amz-Security-Token=drydock-1", "X-Amz-Security-Token=drydock-2");
  changed("X-Amz-Algorithm=AWS4", "X-Amz-Algorithm=AWS5");
  changed("X-Amz-Signature=", "X-Amz-Signature=0");
  CHECK(Has(shop.Get(target, kNow, "PUT"), "SignatureDoesNotMatch"));
  CHECK(Has(shop.Get(target, kNow, "HEAD"), "SignatureDoesNotMatch"));
  const HttpReply bare = shop.Get("/drydock/s3/bucket/a/b%20c.bin");
  CHECK(bare.status == 403);
  CHECK(Has(bare, "<Code>AccessDenied</Code><Message>Access Denied</Message>"));
  for (const char* odd : {"/drydock/s3", "/drydock/s3/", "/drydock/s3/bucket", "/drydock/s3//",
                          "/drydock/s3/%FF/%00?X-Amz-Signature=1"}) {
    CHECK(shop.Get(odd).status == 403);
  }
}

TEST_CASE("a file that is not there is NoSuchKey, and its name is written as XML") {
  Shop shop;
  const std::string document =
      R"({"url":"${aws:iot:s3-presigned-url:https://bucket.s3.eu-west-1.amazonaws.com/<a&b>}"})";
  const HttpReply reply = shop.Get(TargetOf(shop.presigner.Deliver(document, seconds(60), kNow)));
  CHECK(reply.status == 404);
  CHECK(reply.content_type == "application/xml");
  CHECK(Has(reply, "<Code>NoSuchKey</Code>"));
  CHECK(Has(reply, "<Key>&lt;a&amp;b&gt;</Key>"));
}

TEST_CASE("all forms of S3 addresses are read, JSON's escapes undone, and nothing else is") {
  const auto place = [](std::string_view url) {
    const auto object = S3ObjectAt(url);
    return object ? object->bucket + " " + object->key : "none";
  };
  CHECK(place("https://s3.amazonaws.com/bucket/key") == "bucket key");
  CHECK(place("https://s3.eu-west-1.amazonaws.com/my.bucket/a/b%2Bc") == "my.bucket a/b+c");
  CHECK(place("https://bucket.s3.amazonaws.com/key") == "bucket key");
  CHECK(place("https://my.s3.bucket.s3.us-east-1.amazonaws.com/a/b") == "my.s3.bucket a/b");
  for (const char* url :
       {"", "https://", "http://s3.amazonaws.com/bucket/key", "https://s3.amazonaws.com/bucket",
        "https://s3.amazonaws.com/bucket/", "https://s3.amazonaws.com//key",
        "https://s3.amazonaws.com/BUCKET/key", "https://s3.amazonaws.com/../key",
        "https://s3.example.com/bucket/key", "https://amazonaws.com/bucket/key",
        "https://.s3.amazonaws.com/key", "https://s3.a/b.amazonaws.com/key",
        "https://s3.amazonaws.com/bucket/key?versionId=1", "https://s3.US.amazonaws.com/bucket/key",
        "https://bucket.s4.amazonaws.com/key"}) {
    CAPTURE(url);
    CHECK(place(url) == "none");
  }
  CHECK(place("https://s3.amazonaws.com/bucket/" + std::string(1025, 'k')) == "none");
  CHECK(
      PresignedIn(
          R"("${aws:iot:s3-presigned-url:https:\/\/s3.amazonaws.com\/b\u0061\/k} ${aws:iot:s3-presigned-url:x")") ==
      std::vector<std::string>{"https://s3.amazonaws.com/ba/k"});
}

TEST_CASE("what is no placeholder goes through untouched, and every placeholder gets its own URL") {
  Presigner presigner("http://h/f");
  for (const char* document : {"", "{}", "${aws:iot:s3-presigned-url:", "${aws:iot:s3-presigned-url:}",
                               "${aws:iot:s3-presigned-url:\"\\}", "${aws:iot:parameter:a}",
                               "${aws:iot:s3-presigned-url:https://example.com/a/b}", "\xFF${"}) {
    CHECK(presigner.Deliver(document, seconds(60), kNow) == document);
  }
  const std::string one = "${aws:iot:s3-presigned-url:https://s3.amazonaws.com/bucket/key}";
  const std::string two = presigner.Deliver("<" + one + "|" + one + ">", seconds(60), kNow);
  const auto bar = two.find('|');
  REQUIRE(bar != std::string::npos);
  CHECK(two.starts_with("<http://h/f/bucket/key?"));
  CHECK(two.ends_with(">"));
  CHECK(two.substr(1, bar - 1) != two.substr(bar + 1, two.size() - bar - 2));
}

TEST_CASE("a drydock that was started again in the same second gives out other URLs") {
  Presigner before("http://h/f");
  Presigner after("http://h/f");
  const auto later = kNow + std::chrono::milliseconds(1);
  CHECK(before.Deliver(kDocument, seconds(60), kNow) != after.Deliver(kDocument, seconds(60), later));
}

TEST_CASE("each delivery to a device has a new URL, and the operator sees the placeholder") {
  Scene scene;
  const json body = {
      {"targets", {kThing}},
      {"document", kDocument},
      {"presignedUrlConfig", {{"roleArn", "arn:aws:iam::1:role/some"}, {"expiresInSec", 120}}}};
  REQUIRE(scene.Operator("PUT", "/jobs/j", body.dump()).status == 200);
  std::vector<std::string> urls;
  for (const Event& event : scene.service.TakeEvents()) {
    if (event.kind != Event::Kind::kNotifyNext) continue;
    urls.push_back(json::parse(event.payload)["execution"]["jobDocument"]["url"]);
  }
  urls.push_back(scene.Ask("$next/get")["execution"]["jobDocument"]["url"]);
  urls.push_back(scene.Ask("j/get")["execution"]["jobDocument"]["url"]);
  urls.push_back(scene.Ask("start-next")["execution"]["jobDocument"]["url"]);
  urls.push_back(
      scene.Ask("j/update", R"({"status":"IN_PROGRESS","includeJobDocument":true})")["jobDocument"]["url"]);
  const auto in_text = [](const std::string& document) {
    return json::parse(document)["url"].get<std::string>();
  };
  urls.push_back(
      in_text(json::parse(scene.DataPlane("GET", "/things/pi-1/jobs/j").body)["execution"]["jobDocument"]));
  urls.push_back(in_text(
      json::parse(scene.DataPlane("PUT", "/things/pi-1/jobs/$next", "{}").body)["execution"]["jobDocument"]));
  urls.push_back(in_text(json::parse(
      scene.DataPlane("POST", "/things/pi-1/jobs/j", R"({"status":"IN_PROGRESS","includeJobDocument":true})")
          .body)["jobDocument"]));
  CHECK(urls.size() == 8);
  CHECK(std::set<std::string>(urls.begin(), urls.end()).size() == urls.size());
  for (const std::string& url : urls) {
    CHECK(url.find("/bucket/a/b%20c.bin?X-Amz-Algorithm=AWS4-HMAC-SHA256&") != std::string::npos);
    CHECK(url.find("&X-Amz-Expires=120&") != std::string::npos);
  }
  CHECK(json::parse(scene.Operator("GET", "/jobs/j/job-document").body)["document"] == kDocument);
  CHECK(scene.Job("j")["presignedUrlConfig"]["expiresInSec"] == 120);
}

TEST_CASE("without a role the placeholder is delivered as it is") {
  Scene scene;
  REQUIRE(scene.Operator("PUT", "/jobs/j", json({{"targets", {kThing}}, {"document", kDocument}}).dump())
              .status == 200);
  CHECK(scene.Ask("$next/get")["execution"]["jobDocument"] == json::parse(kDocument));
}

TEST_CASE("files come out of the folder, and nothing from beside it") {
  const TemporaryFolder folder;
  namespace fs = std::filesystem;
  fs::create_directories(folder.File("files/bucket/a"));
  std::ofstream(folder.File("files/bucket/a/key")) << "inside";
  std::ofstream(folder.File("secret")) << "outside";
  fs::create_symlink(folder.File("secret"), folder.File("files/bucket/out"));
  fs::create_directory_symlink(folder.File(""), folder.File("files/bucket/up"));
  fs::create_symlink("a/key", folder.File("files/bucket/in"));
  REQUIRE(mkfifo(folder.File("files/bucket/pipe").c_str(), 0600) == 0);
  fs::create_symlink(folder.File("files"), folder.File("link"));
  const auto files = FolderFiles::In(folder.File("link"));
  REQUIRE(files);
  CHECK(files->Read("bucket", "a/key") == "inside");
  CHECK(files->Read("bucket", "in") == "inside");
  for (const char* key : {"out", "up/secret", "pipe", "a", "nothing", "", "/", "a/", "/a/key", "a//key",
                          "./a/key", "a/../a/key", "../../secret"}) {
    CAPTURE(key);
    CHECK_FALSE(files->Read("bucket", key));
  }
  CHECK_FALSE(files->Read("bucket", std::string("a/key\0", 6)));
  for (const char* bucket : {"", ".", "..", "bucket/a", "other"}) CHECK_FALSE(files->Read(bucket, "key"));
  CHECK_FALSE(FolderFiles::In(folder.File("nothing")));
  CHECK_FALSE(FolderFiles::In(folder.File("secret")));
}

TEST_CASE("a job document is read from S3 when the job is made, and must be one") {
  class Documents : public Files {
   public:
    std::optional<std::string> Read(const std::string&, const std::string& key) const override {
      if (key == "good.json") return R"({"from":"s3"})";
      if (key == "bad.json") return "nonsense";
      if (key == "big.json") return "{\"x\":\"" + std::string(32768, 'x') + "\"}";
      return std::nullopt;
    }
  };
  const Documents documents;
  Scene scene;
  const auto create = [&](const std::string& url) {
    const json body = {{"targets", {kThing}}, {"documentSource", url}};
    return AnswerRest(scene.service, {.data = "", .jobs = "", .files = &documents},
                      {.method = "PUT", .target = "/jobs/j", .body = body.dump()}, scene.now);
  };
  for (const char* name : {"bad.json", "big.json", "none.json"}) {
    CHECK(create(std::string("https://s3.amazonaws.com/bucket/") + name).error_type ==
          "InvalidRequestException");
  }
  CHECK(create("https://example.com/bucket/good.json").error_type == "InvalidRequestException");
  REQUIRE(create("https://s3.amazonaws.com/bucket/good.json").status == 200);
  CHECK(scene.Ask("$next/get")["execution"]["jobDocument"]["from"] == "s3");
  const json described = json::parse(scene.Operator("GET", "/jobs/j").body);
  CHECK(described["documentSource"] == "https://s3.amazonaws.com/bucket/good.json");
  CHECK_FALSE(described["job"].contains("documentSource"));
}

}  // namespace
}  // namespace kedge::drydock
