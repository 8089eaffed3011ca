#include "cancel/inputs.h"

#include <doctest/doctest.h>

namespace kedge::cancel {
namespace {

using nlohmann::json;

Result<std::string> OneFile(const std::string& path) {
  if (path == "details") return std::string("\n k=v,l='a,b'\n");
  return Unexpected{ErrorKind::kNotFound, path + ": No such file or directory"};
}
std::string Details(const std::string& word) {
  const auto details = ReadDetails(word, OneFile);
  return details ? details->dump() : "refused: " + details.error().message;
}

TEST_CASE("status details in the aws command's shorthand, as JSON, and from a file") {
  CHECK(Details("k=v") == R"({"k":"v"})");
  CHECK(Details("k=v,k2=v2") == R"({"k":"v","k2":"v2"})");
  CHECK(Details("k=a b=c") == R"({"k":"a b=c"})");
  CHECK(Details("k='a,b',l=\"c,d\"") == R"({"k":"a,b","l":"c,d"})");
  CHECK(Details(R"(k=a\,b)") == R"({"k":"a,b"})");
  CHECK(Details(R"(k="a\"b")") == R"({"k":"a\"b"})");
  CHECK(Details("k=") == R"({"k":""})");  // the agent refuses it, by name
  CHECK(Details(R"({"k":"v"})") == R"({"k":"v"})");
  CHECK(Details(" {\"k\":\"v\"}") == R"({"k":"v"})");
  CHECK(Details("file://details") == R"({"k":"v","l":"a,b"})");
}

TEST_CASE("status details that are none are refused with what is wrong") {
  const auto refuses = [](const std::string& word, const std::string& why) {
    const std::string said = Details(word);
    CAPTURE(said);
    CHECK(said.starts_with("refused: "));
    CHECK(said.find(why) != std::string::npos);
  };
  refuses("", "there is no key");
  refuses("k", "there is no key before \"k\"");
  refuses("k=v,", "there is no key");
  refuses("k=v,,l=w", "there is no key");
  refuses("=v", "there is no key");
  refuses("k=v,k=w", "has the key \"k\" twice");
  refuses("k='v", "a quote that is not closed");
  refuses("k='v'w", "behind a closing quote");
  refuses("{", "is no JSON");
  refuses(R"({"k":"v","k":"w"})", "has the member \"k\" twice");
  refuses("file://nowhere", "nowhere: No such file");
}

TEST_CASE("words of YAML mean what they look like, and quoted ones are text") {
  const auto read =
      ReadDocument("jobId: '42'\nforce: true\nexpectedVersion: 3\nreason: ~\nstatusDetails: {a: no}\n",
                   Language::kYaml, OneFile);
  REQUIRE(read.has_value());
  CHECK(*read == json{{"jobId", "42"},
                      {"force", true},
                      {"expectedVersion", 3},
                      {"reason", nullptr},
                      {"statusDetails", {{"a", "no"}}}});
}

}  // namespace
}  // namespace kedge::cancel
