// The service's rules for names, texts and maps (reference aws-iot-jobs.md, 2.1). Strings are valid UTF-8:
// they come out of a JSON parser.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "execution.h"

namespace kedge::drydock {

inline constexpr std::size_t kMaxDocumentBytes = 32768;
inline constexpr std::size_t kMaxDetails = 10;
inline constexpr std::size_t kMaxDetailValue = 1024;  // characters; the data plane only
inline constexpr std::size_t kMaxText = 2028;         // description and comment
inline constexpr int64_t kMaxTimeoutMinutes = 10080;

bool IsThingName(std::string_view name);
bool IsJobId(std::string_view id);
bool IsReasonCode(std::string_view code);
// 1 to max_characters characters, none of them a control, format, surrogate or private-use character. (Of the
// unassigned ones only the noncharacters are known here.)
bool IsPlainText(std::string_view text, std::size_t max_characters);

// What is wrong with the map, in words; nothing when it is right.
std::optional<std::string> DetailsProblem(const StatusDetails& details, std::size_t max_value_characters);

}  // namespace kedge::drydock
