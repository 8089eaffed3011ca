#include "http_guard.h"

#include <string_view>

namespace kedge::drydock {
namespace {

constexpr std::string_view kAddress = "127.0.0.1";
constexpr std::string_view kName = "localhost";

struct HostAndPort {
  std::string_view host;
  std::string_view port;  // with its colon; empty: none
};

HostAndPort Split(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return {text, ""};
  return {text.substr(0, colon), text.substr(colon)};
}

bool IsPort(std::string_view port) {
  if (port.empty()) return true;
  port.remove_prefix(1);
  return !port.empty() && port.find_first_not_of("0123456789") == std::string_view::npos;
}

// Some SDKs put a label before the endpoint that they are given; no browser takes such a name for a domain.
bool IsOurs(const HostAndPort& at) {
  const bool prefixed = at.host.size() > kAddress.size() + 1 && at.host.ends_with(kAddress) &&
                        at.host[at.host.size() - kAddress.size() - 1] == '.';
  return (at.host == kAddress || at.host == kName || prefixed) && IsPort(at.port);
}

}  // namespace

std::optional<std::string> ForeignRequest(const HttpRequest& request) {
  const std::string host = request.Header("host");
  const HostAndPort at = Split(host);
  if (!host.empty() && !IsOurs(at)) {
    return "drydock serves 127.0.0.1 and localhost only, not '" + host +
           "'; from another machine, use a tunnel: ssh -L PORT:127.0.0.1:PORT";
  }
  const std::string origin = request.Header("origin");
  if (origin.empty()) return std::nullopt;
  const std::string port(at.port);
  if (origin == "http://127.0.0.1" + port || origin == "http://localhost" + port) return std::nullopt;
  return "drydock takes no requests from web pages of others, and this one is of '" + origin + "'";
}

}  // namespace kedge::drydock
