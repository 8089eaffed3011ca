#include "guards/packages/record.h"

#include <nlohmann/json.hpp>

#include "guards/files/content.h"

namespace kedge::packages {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;

// Paths are bytes, JSON is UTF-8: what is not printable ASCII is written %xx.
std::string Escape(const std::string& bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '%') {
      text += c;
    } else {
      text += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
  }
  return text;
}

std::string Unescape(const std::string& text) {
  std::string bytes;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%' && at + 2 < text.size()) {
      bytes += static_cast<char>(std::stoi(text.substr(at + 1, 2), nullptr, 16));
      at += 2;
    } else {
      bytes += text[at];
    }
  }
  return bytes;
}

json EscapeAll(const auto& texts) {
  json all = json::array();
  for (const std::string& text : texts) all.push_back(Escape(text));
  return all;
}

std::vector<std::string> UnescapeAll(const json& texts) {
  std::vector<std::string> all;
  for (const json& text : texts) all.push_back(Unescape(text.get<std::string>()));
  return all;
}

std::set<std::string> UnescapeSet(const json& texts) {
  const auto all = UnescapeAll(texts);
  return {all.begin(), all.end()};
}

json EncodeArchives(const std::vector<Archive>& archives) {
  json all = json::array();
  for (const Archive& archive : archives) {
    all.push_back({{"package", archive.package},
                   {"version", archive.version},
                   {"file", archive.file},
                   {"digest", archive.digest}});
  }
  return all;
}

Record DecodeRecord(const json& head) {
  Record record;
  record.items = UnescapeAll(head.at("items"));
  record.status = Unescape(head.at("status").get<std::string>());
  record.automatic = UnescapeSet(head.at("automatic"));
  record.touched = UnescapeSet(head.at("touched"));
  record.lacking = UnescapeAll(head.at("lacking"));
  record.guarded = UnescapeAll(head.at("guarded"));
  record.data = UnescapeAll(head.at("data"));
  record.listed = UnescapeAll(head.at("listed"));
  record.absent = UnescapeAll(head.at("absent"));
  record.replaced = UnescapeAll(head.at("replaced"));
  record.units = head.at("units").get<std::map<std::string, std::string>>();
  for (const auto& [key, lines] : head.at("deviations").items()) record.deviations[key] = UnescapeAll(lines);
  for (const json& archive : head.at("archives")) {
    record.archives.push_back(
        {archive.at("package"), archive.at("version"), archive.at("file"), archive.at("digest")});
  }
  return record;
}

}  // namespace

std::string Encode(const Record& record) {
  json deviations = json::object();
  for (const auto& [key, lines] : record.deviations) deviations[key] = EscapeAll(lines);
  const json head = {{"kedge_packages", kVersion},
                     {"items", EscapeAll(record.items)},
                     {"touched", EscapeAll(record.touched)},
                     {"archives", EncodeArchives(record.archives)},
                     {"lacking", EscapeAll(record.lacking)},
                     {"automatic", EscapeAll(record.automatic)},
                     {"units", record.units},
                     {"guarded", EscapeAll(record.guarded)},
                     {"data", EscapeAll(record.data)},
                     {"deviations", deviations},
                     {"absent", EscapeAll(record.absent)},
                     {"replaced", EscapeAll(record.replaced)},
                     {"listed", EscapeAll(record.listed)},
                     {"status", Escape(record.status)}};
  const std::string text = head.dump() + "\n";
  return text + json{{"sha256", files::HashText(text)}}.dump() + "\n";
}

Result<Record> Decode(const std::string& text) {
  const size_t end = text.find('\n');
  try {
    if (end == std::string::npos) throw std::invalid_argument("it is cut off");
    const std::string head_line = text.substr(0, end + 1);
    if (json::parse(text.substr(end + 1)).at("sha256") != files::HashText(head_line)) {
      throw std::invalid_argument("its checksum is wrong");
    }
    const json head = json::parse(head_line);
    if (head.at("kedge_packages") != kVersion) throw std::invalid_argument("it has another version");
    return DecodeRecord(head);
  } catch (const std::exception& failure) {
    return Unexpected(ErrorKind::kCorrupt,
                      std::string("the snapshot's record cannot be believed: ") + failure.what());
  }
}

}  // namespace kedge::packages
