#include "core/json_text.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/status_details.h"
#include "core/utf8.h"

namespace kedge {
namespace {

using nlohmann::json;

std::string Position(std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  return "line " + std::to_string(line) + ", column " + std::to_string(before.size() - line_begin + 1);
}

// What nlohmann says is wrong, without its own position, and without the text it last read, which may be all
// of it.
std::string Reason(std::string_view what) {
  if (const size_t last_read = what.find("; last read"); last_read != what.npos)
    what = what.substr(0, last_read);
  if (const size_t dash = what.find(" - "); dash != what.npos) {
    what.remove_prefix(dash + 3);
  } else if (const size_t prefix = what.find("] "); prefix != what.npos) {
    what.remove_prefix(prefix + 2);
  }
  return SafeDetailValue(what, Keep::kHead, 160);
}

// Builds the value and stops at the first thing that is not allowed. A DOM parser with a check afterwards
// would already have built 10,000 levels, and could not see a name that was given twice.
class Builder final : public nlohmann::json_sax<json> {
 public:
  Builder(std::string_view text, size_t depth) : text_(text), depth_(depth) {}

  bool null() override { return Add(nullptr); }
  bool boolean(bool value) override { return Add(value); }
  bool number_integer(number_integer_t value) override { return Add(value); }
  bool number_unsigned(number_unsigned_t value) override { return Add(value); }
  bool number_float(number_float_t value, const string_t&) override { return Add(value); }
  bool string(string_t& value) override { return Add(std::move(value)); }
  bool binary(binary_t&) override { return Fail("binary data"); }  // never in a text
  bool start_object(size_t) override { return Open(json::object()); }
  bool start_array(size_t) override { return Open(json::array()); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }

  bool key(string_t& name) override {
    if (open_.back()->contains(name) && !name.starts_with('_')) {
      return Fail("the member " + Quoted(name) + " is given twice in one object");
    }
    key_ = std::move(name);
    return true;
  }

  bool parse_error(size_t position, const std::string&, const json::exception& error) override {
    return Fail("not JSON: " + Position(text_, position > 0 ? position - 1 : 0) + ": " +
                Reason(error.what()));
  }

  json TakeRoot() { return std::move(root_); }
  const std::string& failure() const { return failure_; }

 private:
  // Where the value now stands. Pointers to open containers stay good: nothing is added beside an open
  // container before it is closed.
  json* Place(json value) {
    if (open_.empty()) return &(root_ = std::move(value));
    json& parent = *open_.back();
    if (parent.is_object()) return &(parent[key_] = std::move(value));
    parent.push_back(std::move(value));
    return &parent.back();
  }
  bool Add(json value) {
    Place(std::move(value));
    return true;
  }
  bool Open(json container) {
    if (open_.size() >= depth_) return Fail("nested deeper than " + std::to_string(depth_) + " levels");
    open_.push_back(Place(std::move(container)));
    return true;
  }
  bool Close() {
    open_.pop_back();
    return true;
  }
  bool Fail(std::string failure) {
    failure_ = std::move(failure);
    return false;
  }

  const std::string_view text_;
  const size_t depth_;
  json root_;
  std::vector<json*> open_;
  std::string key_;
  std::string failure_;
};

}  // namespace

Result<json> ParseJson(std::string_view text, const JsonLimits& limits) {
  const auto refuse = [](std::string why) { return Unexpected(ErrorKind::kInvalid, std::move(why)); };
  if (text.size() > limits.bytes) {
    return refuse(std::to_string(text.size()) + " bytes long, more than " + std::to_string(limits.bytes));
  }
  if (text.find_first_not_of(" \t\r\n") == text.npos) return refuse("empty");
  if (const size_t at = text.find('\0'); at != text.npos) {
    return refuse("not JSON: " + Position(text, at) + ": a NUL byte");
  }
  if (const size_t at = FindInvalidUtf8(text); at != text.npos) {
    return refuse("not UTF-8: " + Position(text, at));
  }
  Builder builder(text, limits.depth);
  if (!json::sax_parse(text, &builder)) return refuse(builder.failure());
  return builder.TakeRoot();
}

}  // namespace kedge
