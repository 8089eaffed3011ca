#include "setup/report.h"

namespace kedge::setup {
namespace {

// What a server or a certificate says must not steer a terminal.
std::string Safe(std::string text) {
  for (char& c : text) {
    if (const auto byte = static_cast<unsigned char>(c); byte < ' ' || byte == 0x7f)
      c = ' ';  // a char has a sign or not
  }
  return text;
}

}  // namespace

void Report::Add(const Check& check) {
  json_["checks"].push_back(
      {{"check", check.name}, {"ok", check.ok}, {"text", check.text}, {"hint", check.hint}});
  Note((check.ok ? "  ok      " : "  FAILED  ") + check.text);
  if (!check.hint.empty()) Note("          " + check.hint);
}

void Report::Note(const std::string& line) {
  if (!is_json_) out_(Safe(line) + "\n");
}

void Report::Wrote(const std::string& path) {
  json_["written"].push_back(path);
  Note("Wrote " + path);
}

void Report::Started() {
  json_["started"] = true;
  Note("Started kedged and kedge-link, now and at each boot.");
}

void Report::Answer(const std::string& text) {
  json_["answer"] = text;
  Note(json_["started"] == true ? "Connected; " + text : "In the trial, " + text);
}

void Report::End(const Result<void>& done) {
  if (!is_json_) return;
  json_["ok"] = done.has_value();
  if (!done) json_["error"] = done.error().message;
  out_(json_.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace kedge::setup
