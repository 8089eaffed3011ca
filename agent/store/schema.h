// The text of schema.sql, and the version that it writes as user_version (a test compares the two).
#pragma once

#include <cstdint>

namespace kedge::store {

inline constexpr int64_t kSchemaVersion = 2;
inline constexpr int64_t kApplicationId = 0x4B454447;
extern const char kSchemaSql[];

}  // namespace kedge::store
