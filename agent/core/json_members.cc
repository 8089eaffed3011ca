#include "core/json_members.h"

#include <charconv>
#include <cmath>
#include <utility>

#include "core/status_details.h"

namespace kedge {
namespace {

using nlohmann::json;

std::string Indexed(std::string_view name, size_t index) {
  return std::string(name) + "[" + std::to_string(index) + "]";
}

// The value as an int64_t when it is one; 2.0 is one, as in AWS's Device Client.
std::optional<int64_t> WholeNumber(const json& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<uint64_t>();
    if (number > static_cast<uint64_t>(INT64_MAX)) return std::nullopt;
    return static_cast<int64_t>(number);
  }
  if (value.is_number_integer()) return value.get<int64_t>();
  if (value.is_number_float()) {
    constexpr double kExact =
        9007199254740992.0;  // 2^53: beyond it a double no longer tells neighbours apart
    const auto number = value.get<double>();
    if (std::abs(number) > kExact || std::trunc(number) != number) return std::nullopt;
    return static_cast<int64_t>(number);
  }
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc() && stop == end) return number;
  }
  return std::nullopt;
}

}  // namespace

std::string Describe(const json& value) {
  switch (value.type()) {
    case json::value_t::object:
      return "is an object";
    case json::value_t::array:
      return "is an array";
    case json::value_t::null:
      return "is null";
    case json::value_t::string:
      return "is " + Quoted(value.get_ref<const std::string&>());
    default:
      return "is " + value.dump();  // a number or a boolean
  }
}

const json* Members::Find(std::string_view name) const {
  const auto member = object_.find(name);
  return member == object_.end() || member->is_null() ? nullptr : &*member;
}

std::string Members::PathOf(std::string_view name) const {
  if (path_.empty()) return std::string(name);
  return name.empty() ? path_ : path_ + "." + std::string(name);
}

void Members::Refuse(std::string_view name, std::string_view what) const {
  if (problem_->empty()) *problem_ = PathOf(name).append(": ").append(what);
}

void Members::RefuseType(std::string_view name, const json& value, std::string_view expected) const {
  Refuse(name, Describe(value).append(", expected ").append(expected));
}

bool Members::CheckText(std::string_view name, const json& value) const {
  if (!value.is_string()) {
    RefuseType(name, value, "a string");
    return false;
  }
  if (value.get_ref<const std::string&>().find('\0') != std::string::npos) {
    Refuse(name, "holds a NUL character, which no program can be given");
    return false;
  }
  return true;
}

std::string Members::Text(std::string_view name) const {
  const json* value = Find(name);
  return value != nullptr && CheckText(name, *value) ? value->get<std::string>() : "";
}

std::string Members::RequiredText(std::string_view name) const {
  std::string text = Text(name);
  if (text.empty()) Refuse(name, Has(name) ? "is empty" : "missing");
  return text;
}

std::vector<std::string> Members::Texts(std::string_view name) const {
  const json* value = Find(name);
  if (value == nullptr) return {};
  if (!value->is_array()) {
    RefuseType(name, *value, "an array of strings");
    return {};
  }
  std::vector<std::string> texts;
  texts.reserve(value->size());
  for (const json& element : *value) {
    if (!CheckText(Indexed(name, texts.size()), element)) return {};
    texts.push_back(element.get<std::string>());
  }
  return texts;
}

std::optional<bool> Members::Flag(std::string_view name) const {
  const json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  if (*value == "true") return true;
  if (*value == "false") return false;
  RefuseType(name, *value, "true or false");
  return std::nullopt;
}

std::optional<int64_t> Members::Whole(std::string_view name, int64_t least, int64_t most) const {
  const json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  const std::optional<int64_t> number = WholeNumber(*value);
  if (number && *number >= least && *number <= most) return number;
  RefuseType(name, *value, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

std::optional<Members> Members::Object(std::string_view name) const {
  const json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_object()) return Members(*value, PathOf(name), problem_);
  RefuseType(name, *value, "an object");
  return std::nullopt;
}

std::optional<Members> Members::RequiredObject(std::string_view name) const {
  if (!Has(name)) Refuse(name, "missing");
  return Object(name);
}

std::vector<Members> Members::Objects(std::string_view name) const {
  const json* value = Find(name);
  if (value == nullptr) return {};
  if (!value->is_array()) {
    RefuseType(name, *value, "an array of objects");
    return {};
  }
  std::vector<Members> objects;
  for (const json& element : *value) {
    const std::string element_name = Indexed(name, objects.size());
    if (!element.is_object()) {
      RefuseType(element_name, element, "an object");
      return {};
    }
    objects.emplace_back(element, PathOf(element_name), problem_);
  }
  return objects;
}

std::vector<std::string> Members::Names() const {
  std::vector<std::string> names;
  for (const auto& member : object_.items()) {
    if (!member.value().is_null()) names.push_back(member.key());
  }
  return names;
}

}  // namespace kedge
