// Typed reading of the members of one JSON object. Private to jobs/.
//
// Reading never stops: a member that is not as it should be reads as its default, and the first such problem
// is kept with the member's full name ("jobs.QUEUED[0].jobId: is missing"). So a caller reads all it needs in
// a row and asks once whether it may believe it. A member that is null is absent (reference 2.4), one that is
// there twice is refused when it is asked for. Unknown members are not looked at.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/job_execution.h"
#include "core/result.h"

namespace kedge::jobs {

// "an array", "a string", ...: for "is an array, expected an object".
std::string_view KindOf(const nlohmann::json& value);

class Fields {
 public:
  // `object` must be an object (Of() checks) and outlive this; `where` is its full name, "" for the payload
  // itself.
  Fields(const nlohmann::json& object, std::string where);
  static Result<Fields> Of(const nlohmann::json& value, const std::string& where);

  // nullptr when absent.
  const nlohmann::json* Find(const char* key);
  const nlohmann::json* Object(const char* key);
  const nlohmann::json* Array(const char* key);
  // "" when absent.
  std::string Text(const char* key);
  // false when absent.
  bool Flag(const char* key);
  // Of at least `lowest`; a fraction that is whole (2.0) counts. `absent` when absent.
  int64_t Number(const char* key, int64_t lowest, int64_t absent);
  // Milliseconds since the epoch; from seconds or, above 10^11, milliseconds; with or without a fraction
  // (reference 2.0). 0 when absent.
  int64_t Time(const char* key);
  // nullopt when absent.
  std::optional<JobId> Job(const char* key);

  // The full name of a member: "execution.jobId".
  std::string NameOf(std::string_view key) const;
  // Notes that `key` "is missing", "is an array, expected ...", unless a problem is noted already.
  void Refuse(std::string_view key, const std::string& why);
  // Takes over the problem of `inner`, read from a member of this object.
  void Adopt(const Fields& inner);
  bool ok() const { return !problem_; }
  // Only when !ok().
  Unexpected problem() const { return Unexpected{ErrorKind::kInvalid, *problem_}; }

 private:
  const nlohmann::json* Find(const char* key, bool (*fits)(const nlohmann::json&), const char* expected);

  const nlohmann::json* object_;
  std::string where_;
  std::optional<std::string> problem_;
};

}  // namespace kedge::jobs
