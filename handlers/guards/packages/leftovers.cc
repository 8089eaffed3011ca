#include "guards/packages/leftovers.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>
#include <set>
#include <string_view>
#include <system_error>

#include "guards/files/folder.h"
#include "guards/packages/lock.h"
#include "guards/packages/places.h"
#include "guards/packages/program.h"
#include "sys/files.h"
#include "sys/paths.h"

namespace kedge::packages {
namespace {

std::string NotePath(const Settings& settings) { return settings.state_folder + "/leftovers"; }

// Paths one a line; none has a line's end in it, for dpkg's own lists could not hold it either.
std::set<std::string> ReadNotes(const Settings& settings) {
  const auto text = sys::ReadFile(NotePath(settings), std::numeric_limits<int32_t>::max());
  if (!text) return {};
  const auto lines = Lines(*text);
  return {lines.begin(), lines.end()};
}

// What dpkg and ucf leave beside a file: what is unpacked and not yet in place, and versions of configuration
// files that were not taken.
constexpr const char* kBeside[] = {".dpkg-new",    ".dpkg-tmp", ".dpkg-dist", ".dpkg-old", ".dpkg-bak",
                                   ".dpkg-remove", ".ucf-new",  ".ucf-old",   ".ucf-dist"};

// Every path that packages of the step have files at, as far as that is known.
std::set<std::string> KnownPaths(const Record& record) {
  std::set<std::string> paths(record.absent.begin(), record.absent.end());
  paths.insert(record.replaced.begin(), record.replaced.end());
  const Database then = ParseStatus(record.status);
  for (const std::string& key : record.touched) {
    const auto found = then.find(key);
    if (found == then.end()) continue;
    paths.insert(found->second.conffiles.begin(), found->second.conffiles.end());
  }
  return paths;
}

constexpr std::array<std::string_view, 6> kAccounts = {"passwd",  "group",  "shadow",
                                                       "gshadow", "subuid", "subgid"};

// What useradd and its like ("passwd.<pid>", which becomes "passwd.lock", and "passwd+") or systemd-sysusers
// (".#passwd" and 16 hexadecimal digits) write on the way to a new /etc/passwd.
bool IsOnTheWayToAccounts(std::string_view name) {
  return std::any_of(kAccounts.begin(), kAccounts.end(), [name](std::string_view account) {
    if (name.starts_with(".#")) {
      const std::string_view own = name.substr(2);
      return own.starts_with(account) && own.size() == account.size() + 16 &&
             own.find_first_not_of("0123456789abcdef", account.size()) == std::string_view::npos;
    }
    if (!name.starts_with(account)) return false;
    const std::string_view rest = name.substr(account.size());
    return rest == "+" || rest == ".lock" ||
           (rest.size() > 1 && rest[0] == '.' &&
            rest.find_first_not_of("0123456789", 1) == std::string_view::npos);
  });
}

// Names in /etc of what a killed writer of the files that all packages share has left there.
bool IsOfKilledWriter(std::string_view name, bool are_accounts_locked) {
  if (name == "shells.tmp" || name == "ld.so.cache~") return true;  // add-shell, ldconfig
  return !are_accounts_locked && IsOnTheWayToAccounts(name);
}

}  // namespace

bool HasNotes(const Settings& settings) { return sys::IsThere(NotePath(settings)); }

Result<void> NoteLeftovers(const Settings& settings, const Record& record, const Database& now,
                           const Difference& difference) {
  std::set<std::string> notes = ReadNotes(settings);
  const size_t before = notes.size();
  const bool is_first = !HasNotes(settings);
  const std::set<std::string> listed(record.listed.begin(), record.listed.end());
  for (const auto* keys : {&difference.to_purge, &difference.to_install}) {
    for (const std::string& key : *keys) {
      const auto found = now.find(key);
      if (found == now.end()) continue;
      for (std::string& path : PathsOf(found->second)) {
        if (IsListed(path) && !listed.contains(path)) notes.insert(std::move(path));
      }
    }
  }
  if (notes.size() == before && !is_first) return {};
  std::string text;
  for (const std::string& path : notes) text += path + "\n";
  return sys::WriteFileAtomic(NotePath(settings), text, 0600);
}

std::vector<std::string> FindLeftovers(const Settings& settings, const Record& record) {
  std::set<std::string> found;
  for (const std::string& path : ReadNotes(settings)) {
    if (sys::IsThere(path)) found.insert(path);
  }
  for (const std::string& path : record.absent) {
    if (sys::IsThere(path)) found.insert(path);
  }
  const std::set<std::string> listed(record.listed.begin(), record.listed.end());
  for (const std::string& path : KnownPaths(record)) {
    for (const char* end : kBeside) {
      const std::string beside = path + end;
      if (!listed.contains(beside) && sys::IsThere(beside)) found.insert(beside);
    }
  }
  const bool are_accounts_locked = AreAccountsLocked();
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator("/etc", failure)) {
    const std::string path = entry.path().string();
    if (listed.contains(path)) continue;
    if (IsOfKilledWriter(entry.path().filename().string(), are_accounts_locked)) found.insert(path);
  }
  std::vector<std::string> outermost;
  for (const std::string& path : found) {
    const bool is_covered = std::any_of(outermost.begin(), outermost.end(), [&](const std::string& other) {
      return files::IsBeneath(path, other);
    });
    if (!is_covered) outermost.push_back(path);
  }
  return outermost;
}

std::vector<std::string> RemoveLeftovers(const Settings& settings, const Record& record) {
  std::vector<std::string> complaints;
  for (const std::string& path : FindLeftovers(settings, record)) {
    const auto place = files::PlaceOf(path);
    if (!place && place.error().kind == ErrorKind::kNotFound) continue;
    auto removed = place ? files::RemoveTree(*place) : Result<void>(Unexpected(place.error()));
    if (!removed) complaints.push_back(removed.error().message);
  }
  return complaints;
}

}  // namespace kedge::packages
