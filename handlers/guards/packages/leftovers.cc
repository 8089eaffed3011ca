#include "guards/packages/leftovers.h"

#include <algorithm>
#include <limits>
#include <set>

#include "guards/files/folder.h"
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
