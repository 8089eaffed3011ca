#include "sys/mounts.h"

#include <algorithm>
#include <array>
#include <set>

namespace kedge::sys {
namespace {

constexpr std::array kWithoutDevice = {"overlay", "ubifs", "jffs2", "zfs"};

std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  for (size_t from = 0; from < line.size();) {
    const size_t to = std::min(line.find(' ', from), line.size());
    if (to > from) words.push_back(line.substr(from, to - from));
    from = to + 1;
  }
  return words;
}

// The kernel writes a space as \040.
std::string Unescaped(std::string_view text) {
  const auto digit = [&text](size_t at) { return text[at] >= '0' && text[at] <= '7'; };
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && digit(i + 1) && digit(i + 2) && digit(i + 3)) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

bool IsWritable(std::string_view options) { return options == "rw" || options.starts_with("rw,"); }

bool IsLocal(std::string_view type, std::string_view source) {
  return source.starts_with("/dev/") ||
         std::find(kWithoutDevice.begin(), kWithoutDevice.end(), type) != kWithoutDevice.end();
}

}  // namespace

std::vector<std::string> LocalFileSystems(std::string_view mountinfo) {
  std::vector<std::string> places;
  std::set<std::string_view> seen;
  for (size_t from = 0; from < mountinfo.size();) {
    const size_t to = std::min(mountinfo.find('\n', from), mountinfo.size());
    // 36 35 98:0 /root /place rw,noatime shared:1 - ext4 /dev/root rw,errors=continue
    const auto words = Words(mountinfo.substr(from, to - from));
    from = to + 1;
    const auto dash = std::find(words.begin(), words.end(), "-");
    if (words.size() < 10 || words.end() - dash < 4) continue;
    if (!IsWritable(words[5]) || !IsWritable(dash[3]) || !IsLocal(dash[1], dash[2])) continue;
    if (seen.insert(words[2]).second) places.push_back(Unescaped(words[4]));
  }
  return places;
}

}  // namespace kedge::sys
