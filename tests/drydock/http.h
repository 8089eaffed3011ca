// An HTTP request and its reply as values, for everything that answers without a server.
#pragma once

#include <map>
#include <string>

namespace kedge::drydock {

using Headers = std::map<std::string, std::string>;  // names in lower case

struct HttpRequest {
  std::string method;
  std::string target;  // path and query as sent, still percent-encoded
  Headers headers = {};
  std::string body = {};

  // "" when there is none.
  std::string Header(const std::string& lower_case_name) const {
    const auto found = headers.find(lower_case_name);
    return found == headers.end() ? std::string() : found->second;
  }
};

struct HttpReply {
  int status = 200;
  std::string body = {};
  std::string error_type = {};  // goes into x-amzn-ErrorType; empty: no error
  std::string content_type = "application/json";
  Headers headers = {};  // further ones
};

}  // namespace kedge::drydock
