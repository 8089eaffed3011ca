// The HTTP side of the service, without a server: a request in, a reply out (reference aws-iot-jobs.md, 6).
// Both planes of AWS answer here; the service named in the signature tells which one is meant. Signatures are
// not checked.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "files.h"
#include "http.h"
#include "outcome.h"
#include "service.h"

namespace kedge::drydock {

// What the API must know of the world around it.
struct Endpoints {
  std::string data;              // what describe-endpoint answers, host:port
  std::string jobs;              // likewise
  const Files* files = nullptr;  // what stands for S3; null: nothing does
};

// The path's segments and the query, decoded.
struct Target {
  std::vector<std::string> path;
  std::vector<std::pair<std::string, std::string>> query;
};
Target ParseTarget(const std::string& target);

// A refusal as the plane spells it.
HttpReply ErrorReply(const Refusal& refusal, bool data_plane);
HttpReply AnswerRest(Service& service, const Endpoints& endpoints, const HttpRequest& request, Instant now);

// Whether the request is one of the data plane, by the service in
// Credential=AKID/DATE/REGION/SERVICE/aws4_request. Both planes have GET /things/T/jobs[/J], with other
// answers.
bool IsForDataPlane(const HttpRequest& request);

// One of AWS's operations, and how it is called: "GET", "things/*/jobs", where * is any one segment.
struct RestOperation {
  std::string_view name;
  std::string_view method;
  std::string_view pattern;
};
// All that are answered here, in the order in which they are looked through.
std::vector<RestOperation> ControlOperations();
std::vector<RestOperation> DataOperations();

// One REST call, taken apart.
struct RestCall {
  std::string method;
  Target target;
  nlohmann::json body = nlohmann::json::object();
  nlohmann::json query = nlohmann::json::object();  // each value a text
  Instant now = {};

  const std::string& Segment(std::size_t at) const { return target.path[at]; }
  std::string Path() const;
  bool Is(const RestOperation& operation) const;
};

// The body of a successful reply; a null value is an empty body.
using RestAnswer = Outcome<nlohmann::json>;
RestAnswer AnswerControl(Service& service, const Endpoints& endpoints, const RestCall& call);
RestAnswer AnswerData(Service& service, const RestCall& call);
Refusal UnknownOperation(const RestCall& call);

}  // namespace kedge::drydock
