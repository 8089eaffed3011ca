#include <openssl/crypto.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "guards/services/guard.h"

int main(int argc, char** argv) {
  // For hashes alone, OpenSSL need not look for engines and providers in its configuration at each start.
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  try {
    const char* state_folder = std::getenv("KEDGE_STATE_DIR");
    return kedge::services::RunGuard({argv + 1, argv + argc}, state_folder == nullptr ? "" : state_folder);
  } catch (const std::exception& failure) {  // out of memory
    std::fprintf(stderr, "services: %s\n", failure.what());
    return 3;
  }
}
