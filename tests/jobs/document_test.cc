// A document that cannot be taken never hides the job that it belongs to: the job has to be refused by name.
#include <doctest/doctest.h>

#include "core/job_document.h"
#include "jobs/replies.h"
#include "samples.h"

namespace kedge::jobs {
namespace {

ServiceExecution WithDocument(const std::string& json) {
  auto execution = Said<Offered>("$next/get/accepted", OfferWith(R"(,"jobDocument":)" + json)).execution;
  CHECK(execution.id == ExecutionId{JobId{"job-1"}, 1, 1730747114000});
  return execution;
}

std::string ProblemOf(const std::string& json) {
  auto execution = WithDocument(json);
  INFO(json.substr(0, 200));
  CHECK_FALSE(execution.document.has_value());
  return execution.document_problem;
}

TEST_CASE("a document is given on as compact text with every value as it was") {
  auto execution = WithDocument(
      "{ \"b\": [1, 2.5, true, null, \"\\u00e9\\n\"],\n \"a\": {\"x\": 18446744073709551615, \"y\": -1} }");
  CHECK(execution.document ==
        "{\"a\":{\"x\":18446744073709551615,\"y\":-1},\"b\":[1,2.5,true,null,\"\xc3\xa9\\n\"]}");
  CHECK(execution.document_problem.empty());
}

TEST_CASE("a managed template arrives as the core wants it") {
  auto execution = WithDocument(
      R"({"version":"1.0","steps":[{"action":{"name":"Run-Command","type":"runCommand","input":{"command":)"
      R"("echo,one\\, two,three"},"runAsUser":""}}]})");
  REQUIRE(execution.document.has_value());
  auto document = ParseJobDocument(*execution.document);
  REQUIRE(document.has_value());
  CHECK(document->steps.at(0).command.args == std::vector<std::string>{"echo", "one, two", "three"});
}

TEST_CASE("a document in a string, as over HTTP, is the same document") {
  CHECK(WithDocument(R"("{ \"op\" : \"x\" }")").document == R"({"op":"x"})");
}

TEST_CASE("an offer without a document has neither document nor problem") {
  for (const char* more : {"", R"(,"jobDocument":null)"}) {
    auto execution = Said<Offered>("notify-next", OfferWith(more)).execution;
    CHECK_FALSE(execution.document.has_value());
    CHECK(execution.document_problem.empty());
  }
}

TEST_CASE("a document that is no object is refused by its kind") {
  CHECK(ProblemOf("[]") == "is an array, expected an object");
  CHECK(ProblemOf("7") == "is a number, expected an object");
  CHECK(ProblemOf("-7.5") == "is a number, expected an object");
  CHECK(ProblemOf("true") == "is a boolean, expected an object");
  CHECK(ProblemOf(R"("[1]")") == "is an array, expected an object");
  CHECK(ProblemOf(R"("null")") == "is null, expected an object");
  CHECK(ProblemOf(R"("\"{}\"")") == "is a string, expected an object");
}

TEST_CASE("a string that holds no JSON is refused") {
  CHECK(ProblemOf(R"("")") == "is empty, expected JSON");
  CHECK(ProblemOf(R"("run this")") == "is not JSON in UTF-8: wrong at byte 1");
  CHECK(ProblemOf(R"("{} {}")") == "is not JSON in UTF-8: wrong at byte 4");
  CHECK(ProblemOf(R"("{}\u0000")") == "is not JSON: a NUL at byte 3");
}

TEST_CASE("32 levels of a document are taken, one more is refused, 10,000 too") {
  CHECK(WithDocument(Objects(kMaxDocumentDepth)).document == Objects(kMaxDocumentDepth));
  CHECK(WithDocument(R"({"a":)" + Nested(kMaxDocumentDepth - 1) + "}").document.has_value());
  for (const std::string& deep :
       {Objects(kMaxDocumentDepth + 1), Objects(kMaxDocumentDepth + 2), Objects(10000),
        R"({"a":)" + Nested(kMaxDocumentDepth) + "}", R"({"a":)" + Nested(10000) + "}"}) {
    CHECK(ProblemOf(deep) == "is nested deeper than 32 levels");
  }
  std::string quoted = R"("{\"a\":)";
  CHECK(ProblemOf(quoted + Nested(10000) + R"(}")") == "is nested deeper than 32 levels");
  CHECK(WithDocument(quoted + Nested(31) + R"(}")").document.has_value());
}

TEST_CASE("what follows a too deep value is read all the same") {
  auto offered = Said<Offered>("notify-next", R"({"execution":{"jobDocument":{"a":)" + Nested(10000) +
                                                  R"(,"b":1},"jobId":"j","status":"QUEUED","queuedAt":5,)"
                                                  R"("executionNumber":2},"clientToken":"t"})");
  CHECK(offered.execution.id == ExecutionId{JobId{"j"}, 2, 5000});
  CHECK(offered.token == "t");
  CHECK(offered.execution.document_problem == "is nested deeper than 32 levels");
}

TEST_CASE("32 KiB of a document are taken, one byte more is refused") {
  auto sized = [](size_t bytes) { return R"({"a":")" + std::string(bytes - 8, 'x') + R"("})"; };
  CHECK(WithDocument(sized(kMaxDocumentBytes)).document->size() == kMaxDocumentBytes);
  CHECK(ProblemOf(sized(kMaxDocumentBytes + 1)) == "is 32769 bytes, more than the 32768 allowed");
  CHECK(ProblemOf("\"" + std::string(kMaxDocumentBytes + 1, 'x') + "\"") ==
        "is 32769 bytes, more than the 32768 allowed");
}

TEST_CASE("a member that stands twice in a document is refused by name, a doubled comment is not") {
  CHECK(ProblemOf(R"({"steps":[{"a":1,"a":2}]})") == "has the member 'a' twice in one object");
  CHECK(ProblemOf(R"({"steps":[],"steps":[{"b":{}}],"steps":{"c":1}})") ==
        "has the member 'steps' twice in one object");
  CHECK(ProblemOf(R"("{\"x\":1,\"x\":1}")") == "has the member 'x' twice in one object");
  CHECK(WithDocument(R"({"_comment":"one","a":1,"_comment":{"two":[2]},"b":2})").document ==
        R"({"_comment":"one","a":1,"b":2})");
}

TEST_CASE("many small objects are read in time that grows with their number") {
  // 40,000 of them: the parser's own way of dropping values would look at 800 million pairs.
  std::string list = "[";
  for (int i = 0; i < 40000; ++i) list += "{},";
  list += "0]";
  CHECK(Contains(ProblemOf(R"({"a":)" + list + "}"), "more than the 32768 allowed"));
}

}  // namespace
}  // namespace kedge::jobs
