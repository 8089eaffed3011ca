#include "process/capture.h"

#include <doctest/doctest.h>

namespace kedge::process {
namespace {

Capture Captured(size_t keep_bytes, std::initializer_list<std::string_view> parts) {
  CaptureBuffer buffer(keep_bytes);
  for (const auto part : parts) buffer.Append(part);
  return buffer.Take();
}

TEST_CASE("what fits is kept whole, in whatever portions it came") {
  const Capture capture = Captured(10, {"01", "2345", "", "6789"});
  CHECK(capture.head + capture.tail == "0123456789");
  CHECK(capture.dropped == 0);
}

TEST_CASE("of more, the first and the last part are kept and the middle is counted") {
  const Capture capture = Captured(10, {"0123", "45678", "9abcdefghijkl", "m"});
  CHECK(capture.head == "01234");
  CHECK(capture.tail == "ijklm");
  CHECK(capture.dropped == 13);
}

TEST_CASE("one portion larger than all that is kept, and keeping nothing at all") {
  const Capture capture = Captured(4, {std::string(1000, 'x') + "yz"});
  CHECK(capture.head == "xx");
  CHECK(capture.tail == "yz");
  CHECK(capture.dropped == 998);
  const Capture none = Captured(0, {"a\nb"});
  CHECK(none == Capture{"", "", 3, 2});
}

TEST_CASE("the tail is right at every length, after any number of trims") {
  std::string all;
  for (int i = 0; i < 2000; ++i) all += static_cast<char>('a' + i % 26);
  for (size_t length = 0; length <= all.size(); length += 7) {
    CaptureBuffer buffer(21);
    for (size_t at = 0; at < length; at += 3)
      buffer.Append(std::string_view(all).substr(at, std::min<size_t>(3, length - at)));
    const Capture capture = buffer.Take();
    const size_t kept = capture.head.size() + capture.tail.size();
    REQUIRE(kept == std::min<size_t>(length, 21));
    REQUIRE(capture.dropped == static_cast<int64_t>(length - kept));
    REQUIRE(all.compare(0, capture.head.size(), capture.head) == 0);
    REQUIRE(all.compare(length - capture.tail.size(), capture.tail.size(), capture.tail) == 0);
  }
}

TEST_CASE("lines are line feeds, and an unfinished last line is one too") {
  CHECK(Captured(10, {}).lines == 0);
  CHECK(Captured(10, {"\n"}).lines == 1);
  CHECK(Captured(10, {"a", "b"}).lines == 1);
  CHECK(Captured(2, {"a\n", "b\nc\n"}).lines == 3);
  CHECK(Captured(2, {"a\n", "b\nc\n", "d"}).lines == 4);
}

}  // namespace
}  // namespace kedge::process
