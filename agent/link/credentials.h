// The three PEM files that mutual TLS needs, checked before they are used: OpenSSL's own word for all that
// can be wrong with them is "handshake failure".
#pragma once

#include "core/result.h"
#include "link/broker_config.h"

namespace kedge::link {

// Ok when there is nothing to check (no TLS). Otherwise the error names the file, what is wrong and what to
// do: kNotFound, kDenied or kIo (cannot be read), kInvalid (not PEM, encrypted, expired or not yet valid by
// the system's clock, the key is not the certificate's). Reads files: not for the loop thread.
Result<void> CheckCredentials(const BrokerConfig& config);

}  // namespace kedge::link
