#include "operator/live_output.h"

#include <doctest/doctest.h>

namespace kedge::op {
namespace {

std::string Text(const OutputSince& since) {
  std::string text;
  for (const OutputPiece& piece : since.pieces)
    text += std::to_string(piece.task) + (piece.is_stderr ? "!" : ":") + piece.bytes + " ";
  return text;
}
const ExecutionId kFirst{JobId{"a"}, 1, 1000};
const ExecutionId kSecond{JobId{"a"}, 2, 2000};

TEST_CASE("live output is told from any place on, in the order of its reading") {
  LiveOutput output;
  CHECK(output.Since(0).execution.job.value.empty());
  output.Append(kFirst, 1, false, "on");
  output.Append(kFirst, 1, false, "e");
  output.Append(kFirst, 1, true, "two");
  output.Append(kFirst, 1, false, "");
  const OutputSince all = output.Since(0);
  CHECK(all.execution == kFirst);
  CHECK(all.end == 6);
  CHECK(all.lost == 0);
  CHECK(Text(all) == "1:one 1!two ");
  CHECK(Text(output.Since(2)) == "1:e 1!two ");
  CHECK(Text(output.Since(3)) == "1!two ");
  CHECK(Text(output.Since(6)).empty());
  CHECK(Text(output.Since(7)).empty());
  output.Append(kFirst, 2, false, "three");
  CHECK(Text(output.Since(6)) == "2:three ");
}

TEST_CASE("live output keeps the newest, and tells how much it has let go") {
  LiveOutput output(4);
  output.Append(kFirst, 1, false, "ab");
  output.Append(kFirst, 1, true, "cde");
  CHECK(Text(output.Since(0)) == "1:b 1!cde ");
  CHECK(output.Since(0).lost == 1);
  CHECK(output.Since(1).lost == 0);
  output.Append(kFirst, 1, true, "0123456789");
  CHECK(Text(output.Since(5)) == "1!6789 ");
  CHECK(output.Since(5).lost == 6);
  CHECK(output.Since(0).lost == 11);
}

TEST_CASE("another execution's output takes the place of all before, and its places go on") {
  LiveOutput output(4);
  output.Append(kFirst, 1, false, "abcdef");
  output.Append(kSecond, 2, false, "gh");
  const OutputSince since = output.Since(3);
  CHECK(since.execution == kSecond);
  CHECK(since.lost == 0);
  CHECK(since.end == 8);
  CHECK(Text(since) == "2:gh ");
}

}  // namespace
}  // namespace kedge::op
