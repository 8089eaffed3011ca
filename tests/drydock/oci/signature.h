// Whether a request is signed the way OCI's SDKs do it (reference oci-resource-manager.md, D.2 "Auth"):
//   Authorization: Signature version="1",keyId="…",algorithm="rsa-sha256",headers="…",signature="…"
// Either set of headers will do: x-date of the TypeScript SDK, which spells some names in mixed case, or
// Python's date. POST, PUT and PATCH have to sign their body by x-content-sha256 as well.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "http.h"
#include "instant.h"

namespace kedge::drydock::oci {

inline constexpr std::chrono::minutes kMaxSkew{5};

// What is wrong, for a person; nothing when it is right. `keys` are public keys in PEM by keyId.
std::optional<std::string> SignatureProblem(const HttpRequest& request,
                                            const std::map<std::string, std::string>& keys, Instant now);

// The lines that are signed; `names` as they stand in the header, separated by blanks.
std::string SigningText(const HttpRequest& request, const std::string& names);
std::string Sha256Base64(const std::string& text);

}  // namespace kedge::drydock::oci
