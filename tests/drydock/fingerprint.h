// A number that stands for a text: the same for the same text on every machine and in every life of the
// program. No secret.
#pragma once

#include <cstdint>
#include <string_view>

namespace kedge::drydock {

constexpr uint64_t Fingerprint(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

}  // namespace kedge::drydock
