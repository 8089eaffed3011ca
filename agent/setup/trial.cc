#include "setup/trial.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "setup/config_edit.h"
#include "setup/install.h"
#include "setup/runner.h"
#include "sys/files.h"

namespace kedge::setup {
namespace {

// Each of the checks has a limit of its own; this is for what hangs nevertheless.
constexpr std::chrono::minutes kLimit{5};
// Of our environment, what may lead OpenSSL to a key in a TPM or a token (config/TPM.md); the last for a
// software TPM on a bus of its own.
constexpr const char* kOpenSsl[] = {"OPENSSL_CONF",     "OPENSSL_MODULES",
                                    "TPM2OPENSSL_TCTI", "TPM2OPENSSL_PARENT_AUTH",
                                    "SOFTHSM2_CONF",    "DBUS_SESSION_BUS_ADDRESS"};

class Stage {
 public:
  Stage() = default;
  ~Stage() {
    if (!folder_.empty()) [[maybe_unused]]
      const auto gone = sys::RemoveTree(folder_);
  }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  // The copies, each readable by the one who will read the real ones.
  Result<void> Fill(const Plan& plan) {
    // In memory where that can be had: a key leaves no trace there.
    for (const char* place : {"/run", "/dev/shm", "/tmp"}) {
      std::string folder = std::string(place) + "/kedge-setup-XXXXXX";
      if (mkdtemp(folder.data()) == nullptr) continue;
      folder_ = folder;
      break;
    }
    if (folder_.empty()) return Unexpected(sys::ErrnoError("make a folder in /run or /tmp", errno));
    if (chown(folder_.c_str(), plan.link_owner.user, plan.link_owner.group) != 0 ||
        chmod(folder_.c_str(), 0750) != 0)
      return Unexpected(sys::ErrnoError("chown " + folder_, errno));
    Values values;
    for (const Credential& credential : plan.credentials) {
      if (!credential.managed) continue;
      const std::string copy = folder_ + "/" + credential.name;
      if (auto written = Write({copy, credential.content, 0440, plan.link_owner}); !written) return written;
      values.emplace_back(credential.key, copy);
      names_[copy] = credential.from;
    }
    const auto text = SetValues(plan.text, values);
    if (!text) return Unexpected(text.error());
    return Write({config(), *text, 0440, plan.link_owner});
  }

  std::string config() const { return folder_ + "/kedge.yaml"; }

  // `text` with the files as the operator named them.
  std::string AsNamed(std::string text) const {
    for (const auto& [copy, original] : names_) {
      for (size_t at = text.find(copy); at != std::string::npos; at = text.find(copy, at + original.size()))
        text.replace(at, copy.size(), original);
    }
    return text;
  }

 private:
  std::string folder_;
  std::map<std::string, std::string> names_;  // copy -> original
};

std::vector<Check> ReadChecks(const std::string& lines, const Stage& stage) {
  std::vector<Check> checks;
  for (size_t from = 0; from < lines.size();) {
    const size_t to = std::min(lines.find('\n', from), lines.size());
    const auto line = nlohmann::json::parse(lines.substr(from, to - from), nullptr, false);
    from = to + 1;
    if (!line.is_object()) continue;
    checks.push_back({line.value("check", ""), line.value("ok", false), stage.AsNamed(line.value("text", "")),
                      stage.AsNamed(line.value("hint", ""))});
  }
  return checks;
}

}  // namespace

std::map<std::string, std::string> OpenSslEnvironment() {
  std::map<std::string, std::string> environment;
  for (const char* name : kOpenSsl) {
    if (const char* value = std::getenv(name); value != nullptr) environment[name] = value;
  }
  return environment;
}

Result<std::vector<Check>> TryOut(const Plan& plan, const std::string& link_program, Interrupt& interrupt) {
  Stage stage;
  if (auto filled = stage.Fill(plan); !filled) return Unexpected(filled.error());
  const auto ran = RunProgram({link_program, "--probe", "--config", stage.config()}, plan.user,
                              OpenSslEnvironment(), kLimit, interrupt);
  if (!ran) return Unexpected(ran.error().Within("the connection cannot be tried"));
  std::vector<Check> checks = ReadChecks(ran->out, stage);
  const bool all_are_ok =
      std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.ok; });
  // Its word counts only together with how it ended.
  if (checks.empty() || (all_are_ok && !ran->succeeded)) {
    return Unexpected{ErrorKind::kUnavailable, "the connection cannot be tried: kedge-link: " + ran->how +
                                                   ": " + stage.AsNamed(ran->err)};
  }
  return checks;
}

}  // namespace kedge::setup
