#include "guards/packages/items.h"

#include <algorithm>
#include <sstream>

#include "guards/files/folder.h"

namespace kedge::packages {
namespace {

constexpr std::string_view kSmall = "abcdefghijklmnopqrstuvwxyz0123456789";

bool IsAllOf(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return kSmall.find(c) != std::string_view::npos || others.find(c) != std::string_view::npos;
  });
}

bool IsArchitecture(std::string_view text) {
  return !text.empty() && kSmall.find(text.front()) != std::string_view::npos && IsAllOf(text, "-");
}

}  // namespace

// Debian Policy 5.6.7.
bool IsPackageName(std::string_view text) {
  return text.size() >= 2 && kSmall.find(text.front()) != std::string_view::npos && IsAllOf(text, "+.-");
}

// Debian Policy 5.6.12, with the letters that the small ones above leave out.
bool IsVersion(std::string_view text) {
  return !text.empty() && text.front() != '-' && IsAllOf(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ.+:~-");
}

Result<std::vector<Item>> ParseItems(const std::vector<std::string>& arguments) {
  std::vector<Item> items;
  for (const std::string& argument : arguments) {
    std::istringstream words(argument);
    for (std::string word; words >> word;) {
      Item item;
      const size_t equals = word.find('=');
      const std::string package = word.substr(0, equals);
      const size_t colon = package.find(':');
      item.name = package.substr(0, colon);
      if (colon != std::string::npos) item.arch = package.substr(colon + 1);
      if (equals != std::string::npos) item.version = word.substr(equals + 1);
      const bool is_good = IsPackageName(item.name) &&
                           (colon == std::string::npos || IsArchitecture(item.arch)) &&
                           (equals == std::string::npos || IsVersion(item.version));
      if (!is_good) {
        return Unexpected(ErrorKind::kInvalid, "'" + files::Printable(word) +
                                                   "' is not the name of a package (NAME, NAME:ARCH or "
                                                   "NAME=VERSION)");
      }
      items.push_back(std::move(item));
    }
  }
  if (items.empty()) return Unexpected(ErrorKind::kInvalid, "no package is named");
  return items;
}

}  // namespace kedge::packages
