#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <iterator>

#include "doctor/probe.h"
#include "process/resolve.h"
#include "sys/paths.h"

namespace kedge::doctor {
namespace {

// What ProtectHome and InaccessiblePaths of kedge-link.service hide.
constexpr const char* kHidden[] = {"/home/", "/root/", "/run/user/", "/var/lib/kedge/"};
constexpr int64_t kSoon = 30LL * 24 * 60 * 60;  // seconds; of a short life, its last third
// Kedge did not exist before: a clock that says so has not been set. A Pi has none that runs without power.
constexpr int64_t kNotBefore = 1'767'225'600;  // 2026-01-01

bool EndsSoon(const Probed& check, int64_t now) {
  return check.until != 0 && check.until - now < std::min(kSoon, (check.until - check.from) / 3);
}

// The first folder above `path` that `user` may not pass through; "" when there is none.
std::string ClosedFolder(const std::string& path, const process::User& user) {
  for (size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1)) {
    struct stat found {};
    const std::string folder = path.substr(0, end);
    if (stat(folder.c_str(), &found) != 0) return "";
    const mode_t needed = found.st_uid == user.uid ? S_IXUSR : found.st_gid == user.gid ? S_IXGRP : S_IXOTH;
    if ((found.st_mode & needed) == 0) return folder;
  }
  return "";
}

std::string TimeText(int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  char text[40] = "";
  if (gmtime_r(&time, &parts) != nullptr) std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
  return text;
}

class Look {
 public:
  explicit Look(const Case& here) : here_(here), broker_(here.config.broker) {}

  Seen Take() {
    if (!here_.facts.has_config) {
      SkipAll("there is no configuration to name it");
    } else if (!broker_.tls) {
      SkipAll("broker.tls is off: none is needed");
      seen_.facts.has_credentials = true;
    } else if (!MayRead()) {
      SkipAll("needs root: only kedge-link's user may read the files");
    } else if (const auto probe = RunProbe(here_, {"--to", "files"}); !probe) {
      SkipAll("kedge-link cannot be asked: " + probe.error().message);
    } else {
      Judge(*probe);
    }
    return std::move(seen_);
  }

 private:
  void SkipAll(const std::string& why) {
    for (const char* id : {"ca", "certificate", "key"}) seen_.findings.Skipped(id, why);
  }

  // Root becomes kedge-link's user for it; another one only tells what he may read himself.
  bool MayRead() const {
    if (here_.is_root()) return true;
    const auto link_user = process::FindUser(here_.config.link_user);
    return (link_user && link_user->uid == geteuid()) || access(broker_.key_file.c_str(), R_OK) == 0;
  }

  void Judge(const ProbeRun& probe) {
    bool good = probe.trouble.empty();
    for (const char* id : {"ca", "certificate", "key"}) {
      const Probed* check = probe.Find(id);
      good = good && check != nullptr && check->ok;
      if (check == nullptr) {
        seen_.findings.Skipped(
            id, "kedge-link did not come so far" + (probe.trouble.empty() ? "" : ": " + probe.trouble));
        continue;
      }
      seen_.facts.valid_from = std::max(seen_.facts.valid_from, check->from);
      One(id, *check);
    }
    if (good) seen_.facts.has_credentials = true;
    for (const Finding& finding : seen_.findings.all()) {
      if (finding.level == Level::kProblem && seen_.facts.obstacle.empty()) seen_.facts.obstacle = finding.id;
    }
  }

  void One(const std::string& id, const Probed& check) {
    const int64_t now = here_.device().now() / 1000;
    if (check.ok && IsHidden(PathOf(id))) {
      return seen_.findings.Problem(
          id, PathOf(id) + " cannot be seen by kedge-link.service, whose sandbox hides that folder",
          "let setup copy it to /etc/kedge, without --in-place", CopyAll());
    }
    const auto user = process::FindUser(here_.config.link_user);
    if (const std::string closed =
            !check.ok && IsAboutRights(check) && user ? ClosedFolder(PathOf(id), *user) : "";
        !closed.empty()) {
      return seen_.findings.Problem(id,
                                    check.text + ": user '" + user->name +
                                        "', which kedge-link runs as, may not pass through " + closed,
                                    "let setup copy it beside the configuration, without --in-place",
                                    CopyAll());
    }
    if (check.ok && EndsSoon(check, now)) {
      return seen_.findings.Warning(
          id, check.text + UntilOf(check) + ": that is in " + Days((check.until - now) / 86400),
          "have a new one made before; afterwards no job could replace it any more", Renew(id));
    }
    if (check.ok) return seen_.findings.Ok(id, check.text);
    if (check.from > now && !here_.device().clock_is_synchronised()) {
      // Of the two the clock is the likelier culprit.
      return seen_.findings.Skipped(
          id, "valid from " + TimeText(check.from) + ", but it is the clock that is in doubt");
    }
    if (id == "key" && check.text.find("cannot be compared") != std::string::npos)
      return seen_.findings.Skipped(id, check.text);
    seen_.findings.Problem(id, check.text, IsAboutRights(check) ? Whose(id) : check.hint, Mend(id, check));
  }

  // The text of a certificate tells it, that of a CA does not.
  static std::string UntilOf(const Probed& check) {
    return check.text.find("valid until") != std::string::npos ? ""
                                                               : ", valid until " + TimeText(check.until);
  }
  static std::string Days(int64_t days) { return std::to_string(days) + (days == 1 ? " day" : " days"); }

  const std::string& PathOf(const std::string& id) const {
    return id == "ca" ? broker_.ca_file : id == "key" ? broker_.key_file : broker_.certificate_file;
  }

  // The probe runs outside of the unit's sandbox.
  bool IsHidden(const std::string& path) const {
    if (!here_.is_standard() || !sys::IsThere(here_.device().systemd)) return false;
    const auto real = sys::Canonical(path);
    return real && std::any_of(std::begin(kHidden), std::end(kHidden),
                               [&real](const char* folder) { return real->starts_with(folder); });
  }

  std::string Setup(const std::string& words) const {
    return "sudo kedge setup" + (here_.is_standard() ? "" : " --config " + Quoted(here_.config_file())) +
           " " + words;
  }
  std::string Whose(const std::string& id) const {
    return "user '" + here_.config.link_user + "', which kedge-link runs as, has to be able to read it" +
           (id == "key" ? ", and nobody else: it is what this device proves itself with" : "");
  }
  // With the right owner and mode.
  std::string CopyAll() const {
    return Setup("--cert " + Quoted(broker_.certificate_file) + " --key " + Quoted(broker_.key_file) +
                 " --ca " + Quoted(broker_.ca_file));
  }
  static bool IsAboutRights(const Probed& check) {
    const auto says = [&check](const char* words) { return check.text.find(words) != std::string::npos; };
    return says("other user") || says("another user") || says("Permission denied");
  }
  std::string Renew(const std::string& id) const {
    return Setup(id == "ca" ? "--ca " + here_.right_ca()
                            : "--cert NEW-certificate.pem.crt --key NEW-private.pem.key");
  }
  std::string Mend(const std::string& id, const Probed& check) const {
    const std::string path = Quoted(PathOf(id));
    const auto user = process::FindUser(here_.config.link_user);
    if (IsAboutRights(check) && user && !path.empty()) {
      // Readable by the user's own group and not his property: he cannot exchange it.
      return "sudo chown root:" + std::to_string(user->gid) + " " + path + " && sudo chmod " +
             (id != "key"      ? "444 "
              : user->gid != 0 ? "440 "
                               : "400 ") +
             path;
    }
    return Renew(id);
  }

  const Case& here_;
  const link::BrokerConfig& broker_;
  Seen seen_;
};

}  // namespace

Seen LookAtCredentials(const Case& here) { return Look(here).Take(); }

Seen LookAtClock(const Case& here) {
  constexpr char kId[] = "clock";
  constexpr char kAdvice[] = "let systemd-timesyncd or chrony set it; both need the network";
  constexpr char kCommand[] = "sudo timedatectl set-ntp true";
  Seen seen;
  const int64_t now = here.device().now() / 1000;
  const bool is_synchronised = here.device().clock_is_synchronised();
  const std::string says = "the clock says " + TimeText(now);
  const auto problem = [&](const std::string& why) {
    seen.findings.Problem(kId, says + ", " + why, kAdvice, kCommand);
  };
  const int64_t from = here.facts.valid_from;
  const int64_t newest = here.facts.newest / 1000;
  if (now < kNotBefore) {
    problem("so it has not been set since the device was switched on");
  } else if (from > now && !is_synchronised) {
    problem("and the certificate is valid from " + TimeText(from) + " only");
    seen.facts.obstacle = kId;
  } else if (newest > now + 60) {
    problem("but the journal's newest line is of " + TimeText(newest) + ": it went back");
  } else if (!is_synchronised) {
    seen.findings.Warning(kId, says + ", and nothing vouches for it: it is not synchronised", kAdvice,
                          kCommand);
  } else {
    seen.findings.Ok(kId, says + ", synchronised");
  }
  return seen;
}

}  // namespace kedge::doctor
