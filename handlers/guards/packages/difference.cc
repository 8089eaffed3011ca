#include "guards/packages/difference.h"

namespace kedge::packages {
namespace {

bool IsSameState(const Package& a, const Package& b) {
  return a.version == b.version && a.status == b.status && a.flag == b.flag;
}

// Everything of it is unpacked; what is missing are its scripts.
bool IsUnpacked(const Package& package) {
  return package.flag == "ok" &&
         (package.status == "unpacked" || package.status == "half-configured" ||
          package.status == "triggers-awaited" || package.status == "triggers-pending");
}

std::string Describe(const Package& package) {
  return package.version + " (" + package.want + " " + package.flag + " " + package.status + ")";
}

const Package* Get(const Database& database, const std::string& key) {
  const auto found = database.find(key);
  return found == database.end() ? nullptr : &found->second;
}

std::set<std::string> Keys(const Database& a, const Database& b) {
  std::set<std::string> keys;
  for (const auto& [key, package] : a) keys.insert(key);
  for (const auto& [key, package] : b) keys.insert(key);
  return keys;
}

// Why `then` and `now` are not the same; "" when they are.
std::string DescribeOne(const Package* then, const Package* now, bool is_touched) {
  if (then == nullptr) return "is " + Describe(*now) + ", was absent";
  if (now == nullptr) return "is absent, was " + Describe(*then);
  if (!IsSameState(*then, *now) || then->want != now->want)
    return "is " + Describe(*now) + ", was " + Describe(*then);
  if (is_touched && then->paragraph != now->paragraph) return "dpkg's paragraph about it is another one";
  return "";
}

}  // namespace

Difference Compare(const Database& then, const Database& now) {
  Difference difference;
  for (const std::string& key : Keys(then, now)) {
    const Package* was = Get(then, key);
    const Package* is = Get(now, key);
    const bool was_installed = was != nullptr && was->IsInstalled();
    if (!was_installed) {
      // Of a package that was in no good state nothing was kept: it stays as it is.
      const bool was_gone = was == nullptr || was->IsConfigOnly() || was->status == "not-installed";
      const bool is_same = was != nullptr && is != nullptr && IsSameState(*was, *is);
      if (was_gone && is != nullptr && !is_same && is->status != "not-installed")
        difference.to_purge.insert(key);
    } else if (is == nullptr || !IsSameState(*was, *is)) {
      const bool is_unpacked = is != nullptr && is->version == was->version && IsUnpacked(*is);
      (is_unpacked ? difference.to_configure : difference.to_install).insert(key);
    }
  }
  return difference;
}

Database Mended(const Database& then, const Database& now) {
  Database mended = now;
  for (const auto& [key, package] : then) {
    const Package* is = Get(now, key);
    const bool is_right = is != nullptr && IsSameState(package, *is);
    const bool was_gone = is == nullptr && (package.IsConfigOnly() || package.status == "not-installed");
    if (is_right || was_gone) mended.insert_or_assign(key, package);
  }
  // A hold or another wish for a package that was never heard of.
  for (const auto& [key, package] : now) {
    if (package.status == "not-installed" && !then.contains(key)) mended.erase(key);
  }
  return mended;
}

std::vector<std::string> DescribePackages(const Record& record, const Database& then, const Database& now) {
  std::vector<std::string> lines;
  for (const std::string& key : Keys(then, now)) {
    const std::string why = DescribeOne(Get(then, key), Get(now, key), record.touched.contains(key));
    if (!why.empty()) lines.push_back(key + ": " + why);
  }
  return lines;
}

}  // namespace kedge::packages
