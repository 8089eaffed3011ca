// Keys and certificates for a test bench, as PEM text: EC P-256, signed by a CA that says what it is. The
// time comes from outside; only the keys and serial numbers are random.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/result.h"

namespace kedge::drydock {

using Second = std::chrono::sys_seconds;

enum class CertificateUse { kAuthority, kServer, kClient };

struct CertificateFacts {
  CertificateUse use = CertificateUse::kClient;
  std::string common_name = {};         // at most 64 characters (RFC 5280)
  std::vector<std::string> names = {};  // of a server: host names and IP addresses
  Second from = {};
  Second until = {};
};

// The longest common name that a certificate may have.
inline constexpr std::size_t kMaxCommonName = 64;

Result<std::string> NewKey();
bool IsKey(const std::string& key);

// A certificate for `key`. `authority` is the CA's certificate; for the CA itself empty, and `authority_key`
// is its own.
Result<std::string> NewCertificate(const CertificateFacts& facts, const std::string& key,
                                   const std::string& authority, const std::string& authority_key);

// What the certificate says; an error when the text is none.
Result<CertificateFacts> ReadCertificate(const std::string& certificate);
// Both false when one of the texts is not what it should be.
bool IsForKey(const std::string& certificate, const std::string& key);
// By this key, and under this name.
bool IsSignedBy(const std::string& certificate, const std::string& authority);

}  // namespace kedge::drydock
