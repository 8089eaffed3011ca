// Result<T>: a value or an Error, for everything that may fail. Member names as in std::expected (C++23),
// which g++ 12 does not have; the day it does, this file goes.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace kedge {

// What the caller can do about it.
enum class ErrorKind {
  kInvalid,      // the input is wrong and will stay wrong
  kNotFound,     // the thing named is not there
  kDenied,       // there, but we may not
  kUnavailable,  // not now; later may work
  kBusy,         // somebody else holds it
  kIo,           // the system call failed for another reason
  kCorrupt,      // stored data cannot be believed
};

struct Error {
  ErrorKind kind;
  std::string message;  // a sentence a person can act on; callers add context in front on the way up

  Error Within(const std::string& context) const { return {kind, context + ": " + message}; }
};

// Marks the failing side: `return Unexpected{ErrorKind::kIo, "..."}`.
struct Unexpected {
  Error error;
  Unexpected(ErrorKind kind, std::string message) : error{kind, std::move(message)} {}
  explicit Unexpected(Error e) : error(std::move(e)) {}
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit on purpose
  Result(Unexpected failure) : held_(std::in_place_index<1>, std::move(failure.error)) {}  // NOLINT

  bool has_value() const { return held_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  // Only when has_value(); std::bad_variant_access otherwise.
  T& value() & { return std::get<0>(held_); }
  const T& value() const& { return std::get<0>(held_); }
  T&& value() && { return std::get<0>(std::move(held_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::get<0>(std::move(held_)); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  // Only when !has_value().
  const Error& error() const { return std::get<1>(held_); }

 private:
  std::variant<T, Error> held_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Unexpected failure) : error_(std::in_place_index<1>, std::move(failure.error)) {}  // NOLINT

  bool has_value() const { return error_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  const Error& error() const { return std::get<1>(error_); }

 private:
  std::variant<std::monostate, Error> error_;
};

}  // namespace kedge
