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
inline constexpr std::size_t kMaxTargets = 100;       // of one job
inline constexpr std::size_t kMaxDetailValue = 1024;  // characters; the data plane only
inline constexpr std::size_t kMaxText = 2028;         // description and comment
inline constexpr int64_t kMaxTimeoutMinutes = 10080;
inline constexpr std::size_t kMaxSubstitutions = 10;  // placeholders in a document
inline constexpr std::size_t kMaxPayload = 131072;    // bytes of an MQTT message

inline constexpr const char* kThingNameRule = "[a-zA-Z0-9:_-]{1,128}";  // of groups and types too
inline constexpr const char* kJobIdRule = "[a-zA-Z0-9_-]{1,64}";
inline constexpr const char* kReasonCodeRule = "[A-Z0-9_]{1,128}";

bool IsThingName(std::string_view name);
bool IsJobId(std::string_view id);
bool IsReasonCode(std::string_view code);
bool IsParameterKey(std::string_view key);
bool IsGroupId(std::string_view id);
bool IsAttributeName(std::string_view name);
bool IsAttributeValue(std::string_view value);
// (Outside ASCII: anything but control characters. AWS wants letters, digits and separators.)
bool IsTagKey(std::string_view key);
// 1 to max_characters characters, none of them a control, format, surrogate or private-use character. (Of the
// unassigned ones only the noncharacters are known here.)
bool IsPlainText(std::string_view text, std::size_t max_characters);

// What is wrong with the map, in words; nothing when it is right. `line_feeds`: these and tabs may be in
// values.
std::optional<std::string> DetailsProblem(const StatusDetails& details, std::size_t max_value_characters,
                                          bool line_feeds);

}  // namespace kedge::drydock
