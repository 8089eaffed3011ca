#include "jobs/json_reader.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace kedge::jobs {
namespace {

using nlohmann::json;

// Builds the value while the parser reads (nlohmann's SAX interface, which fixes these names).
class Builder {
 public:
  explicit Builder(size_t max_depth) : max_depth_(max_depth) {}

  bool null() { return Scalar(nullptr); }
  bool boolean(bool value) { return Scalar(value); }
  bool number_integer(json::number_integer_t value) { return Scalar(value); }
  bool number_unsigned(json::number_unsigned_t value) { return Scalar(value); }
  bool number_float(json::number_float_t value, const json::string_t&) { return Scalar(value); }
  bool string(json::string_t& value) { return Scalar(std::move(value)); }
  bool binary(json::binary_t&) { return false; }  // not in JSON text
  bool start_object(size_t) { return Open(json::value_t::object); }
  bool start_array(size_t) { return Open(json::value_t::array); }
  bool key(json::string_t& key) {
    if (Dropping()) return true;
    again_ = open_.back()->contains(key);
    if (again_ && !key.starts_with('_')) (*open_.back())[key] = json(json::value_t::discarded);
    key_ = std::move(key);
    return true;
  }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }
  bool parse_error(size_t position, const std::string&, const json::exception&) {
    error_position_ = position;  // the library's own text would quote the input, at any length
    return false;
  }

  json Take() { return std::move(root_); }
  size_t error_position() const { return error_position_; }

 private:
  bool Dropping() const { return dropped_ > 0 || open_.size() > max_depth_; }
  // Whether the value that comes next is to be kept.
  bool Keeps() { return !Dropping() && !std::exchange(again_, false); }

  bool Scalar(json value) {
    if (Keeps()) Put(std::move(value));
    return true;
  }

  bool Open(json::value_t type) {
    if (!Keeps()) {
      ++dropped_;
    } else {
      open_.push_back(Put(json(type)));
    }
    return true;
  }

  bool Close() {
    if (dropped_ > 0) {
      --dropped_;
    } else {
      open_.pop_back();
    }
    return true;
  }

  // Pointers in open_ stay good: a container's elements do not move while one of them is open.
  json* Put(json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    json& member = parent[key_];
    member = std::move(value);
    return &member;
  }

  size_t max_depth_;
  json root_;
  std::vector<json*> open_;  // the containers being filled, outermost first
  size_t dropped_ = 0;       // open containers below the last of open_
  std::string key_;
  bool again_ = false;  // key_ was there already
  size_t error_position_ = 0;
};

}  // namespace

Result<json> ReadJson(std::string_view text, size_t max_depth) {
  if (text.size() > kMaxPayloadBytes) {
    return Unexpected{ErrorKind::kInvalid, "has " + std::to_string(text.size()) + " bytes, more than the " +
                                               std::to_string(kMaxPayloadBytes) + " allowed"};
  }
  if (text.empty()) return Unexpected{ErrorKind::kInvalid, "is empty, expected JSON"};
  // The parser would take a NUL for the end and not look at what follows.
  if (size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return Unexpected{ErrorKind::kInvalid, "is not JSON: a NUL at byte " + std::to_string(nul + 1)};
  }
  Builder builder(max_depth);
  if (!json::sax_parse(text.begin(), text.end(), &builder)) {
    return Unexpected{ErrorKind::kInvalid,
                      "is not JSON in UTF-8: wrong at byte " + std::to_string(builder.error_position())};
  }
  return builder.Take();
}

size_t Depth(const json& value) {
  if (!value.is_structured()) return 0;
  size_t below = 0;
  for (const json& element : value) below = std::max(below, Depth(element));
  return below + 1;
}

std::string WriteJson(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace kedge::jobs
