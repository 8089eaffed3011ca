// A result that the test cannot go on without.
#pragma once

#include <doctest/doctest.h>

#include <utility>

#include "core/result.h"

namespace kedge::store {

template <class T>
T Must(Result<T> result) {
  if (!result) FAIL(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

}  // namespace kedge::store
