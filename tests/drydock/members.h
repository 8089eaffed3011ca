// Reads the members of a JSON object one by one, with the rules of the service. After the first wrong one the
// rest gives defaults; a null member counts as absent, an unknown one is not looked at.
//
//   Members members(body);
//   const auto comment = members.Plain("comment", kMaxText);
//   if (members.problem()) return *members.problem();
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "execution.h"
#include "outcome.h"
#include "readings.h"

namespace kedge::drydock {

// A JSON object; nothing at all counts as {}. Refuses what is not JSON, JSON that is not an object, and what
// is nested deeper than any request has reason to be.
Outcome<nlohmann::json> ParseBody(std::string_view body);

// How numbers and flags are written.
enum class Spelling {
  kJson,    // as JSON has them
  kDevice,  // over MQTT: a number may also be a string, a client in the field sends that (EMB)
  kQuery,   // everything is text
};

class Members {
 public:
  static constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

  explicit Members(const nlohmann::json& object, Spelling spelling = Spelling::kJson)
      : object_(object), spelling_(spelling) {}
  // Of an object inside another's member: what is wrong here is told there, with the name in front.
  Members(const nlohmann::json& object, Members& around, std::string name)
      : object_(object), spelling_(around.spelling_), around_(&around), name_(std::move(name)) {}
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;

  bool Has(const char* name) const { return Find(name) != nullptr; }
  bool Require(const char* name);

  std::optional<std::string> Text(const char* name);
  std::optional<std::string> Text(const char* name, std::size_t least_bytes, std::size_t most_bytes);
  // Without control characters, at least one character.
  std::optional<std::string> Plain(const char* name, std::size_t most_characters);
  // What the predicate takes; `rule` is how it is told.
  std::optional<std::string> Word(const char* name, bool (*is_right)(std::string_view), const char* rule);
  std::optional<std::string> OneOf(const char* name, std::initializer_list<std::string_view> words);
  std::optional<int64_t> Integer(const char* name, int64_t least, int64_t most);
  std::optional<double> Number(const char* name, double least, double most);
  bool Flag(const char* name, bool when_absent);
  std::optional<StatusDetails> Details(const char* name, std::size_t most_characters,
                                       const Readings& readings);
  // 1 to 10080, or -1 where that is allowed.
  std::optional<std::chrono::minutes> StepTimeout(bool may_discard);

  // An object, and an array of objects: read when there is one. `least` and `most` are of the array's length.
  void Object(const char* name, const std::function<void(Members&)>& read);
  void Objects(const char* name, std::size_t least, std::size_t most,
               const std::function<void(Members&)>& read);
  // An object of texts.
  std::optional<std::map<std::string, std::string>> Texts(const char* name);
  // An array of texts.
  std::optional<std::vector<std::string>> List(const char* name);

  void Refuse(const std::string& message);
  const std::optional<Refusal>& problem() const { return problem_; }
  const nlohmann::json& object() const { return object_; }

 private:
  const nlohmann::json* Find(const char* name) const;
  std::optional<int64_t> AsInteger(const nlohmann::json& value) const;
  const nlohmann::json* FindObject(const char* name);
  const nlohmann::json* FindArray(const char* name);

  const nlohmann::json& object_;
  const Spelling spelling_;
  Members* const around_ = nullptr;
  const std::string name_;
  std::optional<Refusal> problem_;
};

}  // namespace kedge::drydock
