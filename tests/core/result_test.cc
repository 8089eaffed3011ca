#include "core/result.h"

#include <doctest/doctest.h>

#include <memory>
#include <variant>

namespace kedge {
namespace {

Result<int> Half(int number) {
  if (number % 2 != 0) return Unexpected(ErrorKind::kInvalid, std::to_string(number) + " is odd");
  return number / 2;
}

Result<int> Quarter(int number) {
  const Result<int> half = Half(number);
  if (!half) return Unexpected(half.error().Within("the first half"));
  return Half(*half);
}

Result<void> Even(int number) {
  const Result<int> half = Half(number);
  if (!half) return Unexpected(half.error());
  return {};
}

TEST_CASE("result: a value or an error, never both") {
  const Result<int> good = Half(8);
  REQUIRE(good.has_value());
  CHECK(*good == 4);
  CHECK(good.value() == 4);
  CHECK_THROWS_AS((void)good.error(), std::bad_variant_access);

  const Result<int> bad = Half(7);
  CHECK_FALSE(bad);
  CHECK(bad.error().kind == ErrorKind::kInvalid);
  CHECK(bad.error().message == "7 is odd");
  CHECK_THROWS_AS((void)bad.value(), std::bad_variant_access);
}

TEST_CASE("result: context is added in front on the way up, the kind stays") {
  const Result<int> bad = Quarter(5);
  REQUIRE_FALSE(bad);
  CHECK(bad.error().message == "the first half: 5 is odd");
  CHECK(bad.error().kind == ErrorKind::kInvalid);
  CHECK(*Quarter(12) == 3);
}

TEST_CASE("result: success without a value") {
  CHECK(Even(2).has_value());
  const Result<void> odd = Even(3);
  REQUIRE_FALSE(odd.has_value());
  CHECK(odd.error().message == "3 is odd");
}

TEST_CASE("result: a value that can only be moved is moved out") {
  Result<std::unique_ptr<int>> held(std::make_unique<int>(7));
  REQUIRE(held);
  const std::unique_ptr<int> taken = *std::move(held);
  CHECK(*taken == 7);
}

TEST_CASE("result: a value whose type is a text is not taken for an error") {
  const Result<std::string> text(std::string("kInvalid"));
  REQUIRE(text);
  CHECK(text->size() == 8);
}

}  // namespace
}  // namespace kedge
