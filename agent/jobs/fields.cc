#include "jobs/fields.h"

#include <cmath>
#include <limits>
#include <utility>

#include "jobs/topics.h"

namespace kedge::jobs {
namespace {

using nlohmann::json;

// In seconds that would be the year 5138, in milliseconds it is 1973.
constexpr double kMillisecondsAbove = 1e11;
constexpr double kLatest = 1e15;  // milliseconds: the year 33658

}  // namespace

std::string_view KindOf(const json& value) {
  switch (value.type()) {
    case json::value_t::null:
      return "null";
    case json::value_t::object:
      return "an object";
    case json::value_t::array:
      return "an array";
    case json::value_t::string:
      return "a string";
    case json::value_t::boolean:
      return "a boolean";
    default:
      return "a number";
  }
}

Fields::Fields(const json& object, std::string where) : object_(&object), where_(std::move(where)) {}

Result<Fields> Fields::Of(const json& value, const std::string& where) {
  if (value.is_object()) return Fields(value, where);
  return Unexpected{ErrorKind::kInvalid, (where.empty() ? "the payload" : where + ":") + " is " +
                                             std::string(KindOf(value)) + ", expected an object"};
}

const json* Fields::Find(const char* key) {
  auto member = object_->find(key);
  if (member == object_->end() || member->is_null()) return nullptr;
  if (!member->is_discarded()) return &*member;
  Refuse(key, "is there twice");
  return nullptr;
}

const json* Fields::Find(const char* key, bool (*fits)(const json&), const char* expected) {
  const json* value = Find(key);
  if (value == nullptr || fits(*value)) return value;
  Refuse(key, "is " + std::string(KindOf(*value)) + ", expected " + expected);
  return nullptr;
}

const json* Fields::Object(const char* key) {
  return Find(
      key, [](const json& value) { return value.is_object(); }, "an object");
}

const json* Fields::Array(const char* key) {
  return Find(
      key, [](const json& value) { return value.is_array(); }, "an array");
}

std::string Fields::Text(const char* key) {
  const json* value = Find(
      key, [](const json& v) { return v.is_string(); }, "a string");
  return value == nullptr ? std::string() : value->get<std::string>();
}

bool Fields::Flag(const char* key) {
  const json* value = Find(
      key, [](const json& v) { return v.is_boolean(); }, "true or false");
  return value != nullptr && value->get<bool>();
}

int64_t Fields::Number(const char* key, int64_t lowest, int64_t absent) {
  constexpr double kExact = 9007199254740992.0;  // 2^53: above it a double does not tell neighbours apart
  const json* value = Find(
      key, [](const json& v) { return v.is_number(); }, "a number");
  if (value == nullptr) return absent;
  if (value->is_number_float()) {
    double number = value->get<double>();
    if (number == std::floor(number) && number >= static_cast<double>(lowest) && number <= kExact) {
      return static_cast<int64_t>(number);
    }
  } else if (value->is_number_unsigned()) {
    uint64_t number = value->get<uint64_t>();
    if (number <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) &&
        static_cast<int64_t>(number) >= lowest) {
      return static_cast<int64_t>(number);
    }
  } else if (value->get<int64_t>() >= lowest) {
    return value->get<int64_t>();
  }
  Refuse(key, "is not a whole number of at least " + std::to_string(lowest));
  return absent;
}

int64_t Fields::Time(const char* key) {
  const json* value = Find(
      key, [](const json& v) { return v.is_number(); }, "a number");
  if (value == nullptr) return 0;
  double time = value->get<double>();
  double milliseconds = time > kMillisecondsAbove ? time : time * 1000;
  if (milliseconds >= 0 && milliseconds <= kLatest) return std::llround(milliseconds);
  Refuse(key, "is not a time in seconds or milliseconds since 1970");
  return 0;
}

std::optional<JobId> Fields::Job(const char* key) {
  const json* value = Find(
      key, [](const json& v) { return v.is_string(); }, "a string");
  if (value == nullptr) return std::nullopt;
  const auto& id = value->get_ref<const std::string&>();
  if (IsJobId(id)) return JobId{id};
  Refuse(key, "is not a job id: 1 to 64 characters of a-z, A-Z, 0-9, '_' and '-' are");
  return std::nullopt;
}

std::string Fields::NameOf(std::string_view key) const {
  return where_.empty() ? std::string(key) : where_ + "." + std::string(key);
}

void Fields::Refuse(std::string_view key, const std::string& why) {
  if (!problem_) problem_ = NameOf(key) + ": " + why;
}

void Fields::Adopt(const Fields& inner) {
  if (!problem_) problem_ = inner.problem_;
}

}  // namespace kedge::jobs
