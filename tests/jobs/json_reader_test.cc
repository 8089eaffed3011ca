#include "jobs/json_reader.h"

#include <doctest/doctest.h>

#include "samples.h"

namespace kedge::jobs {
namespace {

using nlohmann::json;

TEST_CASE("what is too deep is never built, and shows as one level too many") {
  CHECK(*ReadJson(Nested(3), 3) == json::parse("[[[]]]"));
  CHECK(*ReadJson(Nested(4), 3) == json::parse("[[[[]]]]"));
  CHECK(*ReadJson(Nested(5), 3) == json::parse("[[[[]]]]"));
  CHECK(*ReadJson(Nested(60000), 3) == json::parse("[[[[]]]]"));
  CHECK(*ReadJson(R"({"a":{"b":{"c":1},"d":2},"e":[[3]],"f":4})", 1) ==
        json::parse(R"({"a":{},"e":[],"f":4})"));
  CHECK(*ReadJson(R"([[1,[2],{"x":3}],4])", 2) == json::parse("[[1,[],{}],4]"));
}

TEST_CASE("depth counts containers") {
  CHECK(Depth(json::parse("7")) == 0);
  CHECK(Depth(json::parse("{}")) == 1);
  CHECK(Depth(json::parse(R"({"a":1,"b":[2],"c":3})")) == 2);
  CHECK(Depth(*ReadJson(Nested(60000), 5)) == 6);
}

TEST_CASE("a member that stands twice is discarded with all that it holds") {
  json value = *ReadJson(R"({"a":{"b":1},"a":{"b":2,"b":3},"c":[{"a":5}],"a":[6]})", 9);
  CHECK(value.size() == 2);
  CHECK(value["a"].is_discarded());
  CHECK(value["c"] == json::parse(R"([{"a":5}])"));
}

}  // namespace
}  // namespace kedge::jobs
