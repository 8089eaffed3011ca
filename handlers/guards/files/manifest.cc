#include "guards/files/manifest.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "guards/files/content.h"

namespace kedge::files {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr std::array<std::pair<NodeType, std::string_view>, 5> kTypes = {{{NodeType::kAbsent, "absent"},
                                                                          {NodeType::kFile, "file"},
                                                                          {NodeType::kFolder, "folder"},
                                                                          {NodeType::kLink, "link"},
                                                                          {NodeType::kFifo, "fifo"}}};

std::string ToHex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += kDigits[byte >> 4U];
    hex += kDigits[byte & 15U];
  }
  return hex;
}

// The readers below throw on malformed input; Decode catches.
struct Malformed {
  std::string what;
};

unsigned FromHexDigit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  throw Malformed{"a hexadecimal digit expected"};
}

std::string FromHex(std::string_view hex) {
  if (hex.size() % 2 != 0) throw Malformed{"an even number of hexadecimal digits expected"};
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(FromHexDigit(hex[i]) << 4U | FromHexDigit(hex[i + 1]));
  return bytes;
}

// Names on disk are bytes, JSON is text: all but printable ASCII is written as %xx.
std::string ToText(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    if (c >= 0x20 && c < 0x7f && c != '%')
      text += c;
    else
      text += "%" + ToHex(std::string_view(&c, 1));
  }
  return text;
}

std::string FromText(std::string_view text) {
  std::string bytes;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      bytes += text[i];
      continue;
    }
    if (i + 2 >= text.size()) throw Malformed{"two digits expected after %"};
    bytes += FromHex(text.substr(i + 1, 2));
    i += 2;
  }
  return bytes;
}

Json FromTime(const Time& time) { return Json::array({time.seconds, time.nanoseconds}); }
Time ToTime(const Json& json) { return {json.at(0).get<int64_t>(), json.at(1).get<uint32_t>()}; }

std::string_view TypeWord(NodeType type) {
  for (const auto& [known, word] : kTypes) {
    if (known == type) return word;
  }
  return "";
}

NodeType TypeFromWord(std::string_view word) {
  for (const auto& [type, known] : kTypes) {
    if (known == word) return type;
  }
  throw Malformed{"unknown type"};
}

Json FromEntry(const Entry& entry) {
  const Node& node = entry.node;
  Json json = {{"role", entry.role == Role::kWay ? "way" : "guarded"},
               {"path", ToText(entry.path)},
               {"type", TypeWord(node.type)}};
  if (node.type == NodeType::kAbsent) return json;
  json["mode"] = node.mode;
  json["uid"] = node.uid;
  json["gid"] = node.gid;
  json["mtime"] = FromTime(node.mtime);
  Json& xattrs = json["xattrs"] = Json::object();
  for (const auto& [name, value] : node.xattrs) xattrs[ToText(name)] = ToHex(value);
  json["inode"] = node.inode;
  json["born"] = FromTime(node.born);
  json["names"] = node.names;
  if (entry.is_root_of_other) json["mount"] = *entry.is_root_of_other;
  if (node.type == NodeType::kLink) json["target"] = ToText(node.target);
  if (entry.same_as) json["same_as"] = *entry.same_as;
  if (node.type == NodeType::kFile) {
    json["size"] = node.size;
    json["digest"] = entry.digest;
    json["copy"] = entry.copy;
  }
  return json;
}

Entry ToEntry(const Json& json, size_t index) {
  Entry entry;
  Node& node = entry.node;
  entry.role = json.at("role") == "way" ? Role::kWay : Role::kGuarded;
  entry.path = FromText(json.at("path").get<std::string>());
  node.type = TypeFromWord(json.at("type").get<std::string>());
  if (!entry.path.starts_with('/')) throw Malformed{"an absolute path expected"};
  if (node.type == NodeType::kAbsent) return entry;
  node.mode = json.at("mode").get<unsigned>();
  node.uid = json.at("uid").get<unsigned>();
  node.gid = json.at("gid").get<unsigned>();
  node.mtime = ToTime(json.at("mtime"));
  for (const auto& [name, value] : json.at("xattrs").items())
    node.xattrs.emplace(FromText(name), FromHex(value.get<std::string>()));
  node.inode = json.at("inode").get<uint64_t>();
  node.born = ToTime(json.at("born"));
  node.names = json.at("names").get<uint32_t>();
  if (json.contains("mount")) entry.is_root_of_other = json["mount"].get<bool>();
  if (node.type == NodeType::kLink) node.target = FromText(json.at("target").get<std::string>());
  if (json.contains("same_as")) {
    entry.same_as = json["same_as"].get<size_t>();
    if (*entry.same_as >= index) throw Malformed{"same_as names no earlier entry"};
  }
  if (node.type == NodeType::kFile) {
    node.size = json.at("size").get<uint64_t>();
    entry.digest = json.at("digest").get<std::string>();
    entry.copy = json.at("copy").get<size_t>();
  }
  return entry;
}

Manifest DecodeLines(std::string_view text) {
  Manifest manifest;
  bool is_first = true;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const Json json = Json::parse(text.substr(0, end));
    text.remove_prefix(end + 1);
    if (!is_first) {
      manifest.entries.push_back(ToEntry(json, manifest.entries.size()));
      continue;
    }
    is_first = false;
    if (json.at("kedge_files") != kVersion)
      throw Malformed{"version " + json.at("kedge_files").dump() + " is not known here, only " +
                      std::to_string(kVersion)};
    manifest.id = json.at("id").get<std::string>();
    for (const Json& item : json.at("items"))
      manifest.items.push_back(
          {FromText(item.at("written").get<std::string>()), FromText(item.at("path").get<std::string>())});
  }
  return manifest;
}

}  // namespace

std::string Encode(const Manifest& manifest) {
  Json head = {{"kedge_files", kVersion}, {"id", manifest.id}, {"items", Json::array()}};
  for (const Item& item : manifest.items)
    head["items"].push_back({{"written", ToText(item.written)}, {"path", ToText(item.path)}});
  std::string text = head.dump() + "\n";
  for (const Entry& entry : manifest.entries) text += FromEntry(entry).dump() + "\n";
  text += Json{{"entries", manifest.entries.size()}, {"sha256", HashText(text)}}.dump() + "\n";
  return text;
}

Result<Manifest> Decode(std::string_view text) {
  const auto corrupt = [](const std::string& why) {
    return Unexpected(ErrorKind::kCorrupt, "the snapshot's manifest cannot be believed: " + why);
  };
  if (!text.ends_with('\n')) return corrupt("it is cut short");
  const size_t last_start = text.substr(0, text.size() - 1).rfind('\n');
  if (last_start == std::string_view::npos) return corrupt("it is cut short");
  const std::string_view body = text.substr(0, last_start + 1);
  try {
    const Json last = Json::parse(text.substr(last_start + 1));
    if (last.at("sha256") != HashText(std::string(body))) return corrupt("its checksum is wrong");
    Manifest manifest = DecodeLines(body);
    if (last.at("entries") != manifest.entries.size()) return corrupt("entries are missing");
    return manifest;
  } catch (const Malformed& malformed) {
    return corrupt(malformed.what);
  } catch (const Json::exception& failure) {
    return corrupt(failure.what());
  }
}

std::string TemporaryName(const Manifest& manifest, size_t index) {
  return ".kedge-" + manifest.id + "-" + std::to_string(index);
}

}  // namespace kedge::files
