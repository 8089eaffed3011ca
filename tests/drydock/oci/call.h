// One call of OCI's API taken apart, and what comes of it. The first thing wrong with a call becomes its
// Problem (reference oci-resource-manager.md, D.2 "Errors").
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "http.h"
#include "instant.h"

namespace kedge::drydock::oci {

struct Problem {
  int status;
  const char* code;
  std::string message;
};

Problem InvalidParameter(std::string message);
Problem MissingParameter(const std::string& name);
// Unknown and forbidden look alike.
Problem NotFound(const std::string& what);
Problem IncorrectState(std::string message);  // clients try again
Problem Conflict(std::string message);        // clients do not
Problem InvalidatedRetryToken(std::string message);
Problem NoEtagMatch();
Problem NotAuthenticated(std::string message);
Problem TooManyRequests(std::string message);
Problem InternalServerError(std::string message);

struct Good {
  int status = 200;
  std::string body = {};
  std::string content_type = "application/json";
  std::string etag = {};       // empty: none
  std::string next_page = {};  // empty: there is none
};

using Reply = std::variant<Good, Problem>;

struct Call {
  std::string method;
  std::vector<std::string> path;  // after /20180917/, decoded
  std::vector<std::pair<std::string, std::string>> query;
  std::string body;
  std::string if_match;     // empty: none
  std::string retry_token;  // empty: none
  Instant now;
};

// Of a thing with this etag.
std::optional<Problem> CheckMatch(const Call& call, const std::string& etag);

struct Paging {
  std::size_t limit = 100;
  std::string page;  // empty: the first
};

// The query's parameters; after the first wrong one the rest gives defaults. Unknown ones are not looked at.
class Query {
 public:
  explicit Query(const Call& call) : call_(call) {}

  std::optional<std::string> Text(const char* name) const;
  // Repeated, or separated by commas, or both.
  std::vector<std::string> Texts(const char* name) const;
  bool Flag(const char* name);  // absent: false
  // In any case; given as spelled here.
  std::string Choice(const char* name, const std::vector<std::string>& choices, const char* when_absent);
  std::optional<Instant> Time(const char* name);
  Paging Pages();

  void Refuse(Problem problem);
  const std::optional<Problem>& problem() const { return problem_; }

 private:
  const Call& call_;
  std::optional<Problem> problem_;
};

// The body's members, in the same way. A null member counts as absent.
class Body {
 public:
  explicit Body(const std::string& text);
  explicit Body(const nlohmann::json& object) : object_(object) {}

  bool Has(const char* name) const { return Find(name) != nullptr; }
  std::optional<std::string> Text(const char* name, std::size_t most = 255);
  std::string Needed(const char* name);
  std::optional<bool> Flag(const char* name);
  std::string Choice(const char* name, const std::vector<std::string>& choices);  // absent: ""
  // Text by name: at most so many, each of at most so many bytes.
  nlohmann::json Texts(const char* name, std::size_t most, std::size_t most_bytes);
  nlohmann::json DefinedTags();
  // The object's own members; an empty one when it is absent.
  Body Object(const char* name);

  void Refuse(Problem problem);
  const std::optional<Problem>& problem() const { return problem_; }

 private:
  const nlohmann::json* Find(const char* name) const;

  nlohmann::json object_ = nlohmann::json::object();
  std::optional<Problem> problem_;
};

}  // namespace kedge::drydock::oci
