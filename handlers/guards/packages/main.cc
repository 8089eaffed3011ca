#include <openssl/crypto.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>

#include "guards/packages/guard.h"
#include "sys/paths.h"

namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

kedge::packages::Settings ReadSettings() {
  kedge::packages::Settings settings;
  settings.state_folder = Variable("KEDGE_STATE_DIR");
  if (const auto self = kedge::sys::LinkTarget("/proc/self/exe"))
    settings.files_guard = (std::filesystem::path(*self).parent_path() / "files").string();
  settings.may_run_without_way_back = Variable("KEDGE_NO_WAY_BACK") == "run";
  const std::string intent = Variable("KEDGE_PACKAGES_INTENT");
  if (intent == "install") settings.intent = kedge::packages::Intent::kInstall;
  if (intent == "remove") settings.intent = kedge::packages::Intent::kRemove;
  return settings;
}

}  // namespace

int main(int argc, char** argv) {
  // For hashes alone, OpenSSL need not look for engines and providers in its configuration at each start.
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  try {
    return kedge::packages::RunGuard({argv + 1, argv + argc}, ReadSettings());
  } catch (const std::exception& failure) {  // out of memory
    std::fprintf(stderr, "packages: %s\n", failure.what());
    return 3;
  }
}
