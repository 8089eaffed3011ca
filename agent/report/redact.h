// Takes out of a text what looks like a secret, so that it can be shown to others. Pure.
//
// A secret that nobody can tell from other words stays: who sends the text has to look at it first.
#pragma once

#include <string>
#include <string_view>

namespace kedge::report {

// What is left in the place of a secret.
inline constexpr char kLeftOut[] = "(left out)";

// Of any text (logs, YAML, JSON, JSON within JSON, command lines), these are replaced:
//   * blocks of PEM, a key's or a certificate's;
//   * of URLs, the user and password before '@', and what stands behind '?' (signatures);
//   * values behind '=' or ':' whose name holds password, passwd, passphrase, secret, token, credential,
//   authorization,
//     apikey, accesskey, privatekey or signature, whatever the case, '-' and '_' in it; of --password and the
//     like the next word, also behind ',' as in a runCommand;
//   * access key ids of AWS (AKIA..., ASIA...).
// Everything else comes out as it went in.
std::string WithoutSecrets(std::string_view text);

}  // namespace kedge::report
