// Reads the members of JSON objects by name and type, and says what is wrong in the words of the document:
// "steps[1].action.input.handler: missing". A reader does not stop at a problem: it keeps the first one and
// gives defaults from then on, so that code which reads a document is a list of its members and asks once at
// the end.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kedge {

// "is 12", "is an object", "is \"runFoo\"": how messages show a value of the wrong kind. Short, whatever the
// value.
std::string Describe(const nlohmann::json& value);

class Members {
 public:
  // `object` and `problem` outlive this. `path` is what the members' names are appended to; "" for the
  // document.
  Members(const nlohmann::json& object, std::string path, std::string* problem)
      : object_(object), path_(std::move(path)), problem_(problem) {}

  // A member that is null counts as absent, as in AWS's Device Client.
  bool Has(std::string_view name) const { return Find(name) != nullptr; }

  // Strings. No string may hold a NUL: none could be handed to a program whole.
  std::string RequiredText(std::string_view name) const;  // a problem when absent or empty
  std::string Text(std::string_view name) const;          // "" when absent
  std::vector<std::string> Texts(std::string_view name) const;
  // true, false, "true" or "false".
  std::optional<bool> Flag(std::string_view name) const;
  // A whole number, or a string of digits that is one (template parameters are always strings).
  std::optional<int64_t> Whole(std::string_view name, int64_t least, int64_t most) const;
  // Objects. Absent: a problem for RequiredObject, nullopt or nothing for the others.
  std::optional<Members> RequiredObject(std::string_view name) const;
  std::optional<Members> Object(std::string_view name) const;
  std::vector<Members> Objects(std::string_view name) const;
  // In the order of the document's reader: sorted.
  std::vector<std::string> Names() const;

  // Reports a problem with the member `name` ("" for the object itself); only the first one of a document is
  // kept.
  void Refuse(std::string_view name, std::string_view what) const;

 private:
  const nlohmann::json* Find(std::string_view name) const;
  std::string PathOf(std::string_view name) const;
  void RefuseType(std::string_view name, const nlohmann::json& value, std::string_view expected) const;
  bool CheckText(std::string_view name, const nlohmann::json& value) const;

  const nlohmann::json& object_;
  std::string path_;
  std::string* problem_;
};

}  // namespace kedge
