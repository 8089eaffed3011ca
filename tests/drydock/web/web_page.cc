#include "web/web_page.h"

#include <string_view>

#include "web/web_files.h"

namespace kedge::drydock {
namespace {

constexpr std::string_view kFiles = "/drydock/web/";

// Trusted types: a script that makes HTML of text is stopped by the browser, not only by whoever reads it.
constexpr const char* kPolicy =
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

}  // namespace

std::optional<HttpReply> AnswerWebPage(const HttpRequest& request) {
  if (request.method != "GET") return std::nullopt;
  std::string_view path = request.target;
  path = path.substr(0, path.find('?'));
  std::string_view name;
  if (path == "/" || path == "/drydock/") {
    name = "page.html";
  } else if (path.starts_with(kFiles)) {
    name = path.substr(kFiles.size());
  } else {
    return std::nullopt;
  }
  const WebFile* file = FindWebFile(name);
  if (file == nullptr) return std::nullopt;
  return HttpReply{.body = std::string(file->text),
                   .content_type = std::string(file->content_type),
                   .headers = {{"Content-Security-Policy", kPolicy},
                               {"X-Content-Type-Options", "nosniff"},
                               {"Referrer-Policy", "no-referrer"},
                               // A drydock that was built anew has another page.
                               {"Cache-Control", "no-store"}}};
}

}  // namespace kedge::drydock
