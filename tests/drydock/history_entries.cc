#include "history_entries.h"

namespace kedge::drydock {

using nlohmann::json;

namespace {

json Did(const Fault& fault, const std::string& to, const std::string& thing) {
  json entry = {{"rule", fault.id}, {"did", ToString(fault.act)}, {"to", to}};
  if (!thing.empty()) entry["thing"] = thing;
  return entry;
}

// AWS's is in a header of its own, OCI's in the body.
std::string CodeIn(const HttpReply& reply) {
  if (reply.status < 400 || !reply.error_type.empty()) return reply.error_type;
  const json said = json::parse(reply.body, nullptr, false);
  return said.is_object() ? said.value("code", "") : "";
}

}  // namespace

json RequestEntry(const Request& request, const Publication* reply) {
  json entry = {{"thing", request.thing},
                {"topic", request.topic},
                {"payload", request.payload},
                {"operation", ToString(request.operation)}};
  if (!request.job_id.empty()) entry["job"] = request.job_id;
  if (reply == nullptr) {
    entry["decided"] = "lost";
  } else if (reply->topic.ends_with("/rejected")) {
    entry["decided"] = "rejected";
    // A rejection carries no document: it is always JSON.
    const json said = json::parse(reply->payload, nullptr, false);
    if (said.is_object()) entry["code"] = said.value("code", "");
  } else {
    entry["decided"] = "accepted";
    if (reply->version) entry["version"] = *reply->version;
  }
  return entry;
}

json WordEntry(const std::string& topic, const std::string& payload) {
  const std::string thing = topic.substr(kWordPrefix.size());
  return {{"thing", thing.substr(0, thing.find('/'))}, {"topic", topic}, {"payload", payload}};
}

json PublicationEntry(const Publication& publication, bool sent) {
  json entry = {{"topic", publication.topic},
                {"of", ToString(publication.kind)},
                {"payload", publication.payload},
                {"sent", sent}};
  if (!publication.thing.empty()) entry["thing"] = publication.thing;
  return entry;
}

json HttpEntry(const HttpRequest& request, const HttpCall& call, const HttpReply& reply) {
  json entry = {{"op", request.method + " " + request.target},
                {"payload", request.body},
                {"status", reply.status},
                {"answer", reply.body}};
  if (!call.operation.empty()) entry["operation"] = call.operation;
  if (!call.thing.empty()) entry["thing"] = call.thing;
  if (const std::string code = CodeIn(reply); !code.empty()) entry["code"] = code;
  return entry;
}

json TransitionEntry(const Transition& transition, const char* by) {
  json entry = {{"thing", transition.thing},
                {"job", transition.job_id},
                {"number", transition.number},
                {"version", transition.version},
                {"by", by}};
  if (transition.from) entry["from"] = ToString(*transition.from);
  if (transition.to) entry["to"] = ToString(*transition.to);
  return entry;
}

json FaultEntry(const Fault& fault, const Request& request) {
  json entry = Did(fault, request.topic, request.thing);
  if (!request.job_id.empty()) entry["job"] = request.job_id;
  return entry;
}

json FaultEntry(const Fault& fault, const Publication& publication, const Request* answers) {
  json entry = Did(fault, publication.topic, publication.thing);
  if (answers != nullptr && !answers->job_id.empty()) entry["job"] = answers->job_id;
  if (fault.act == Fault::Do::kDrop) {
    entry["topic"] = publication.topic;
    entry["payload"] = publication.payload;
  }
  return entry;
}

json FaultEntry(const Fault& fault, const HttpRequest& request, const HttpCall& call) {
  return Did(fault, request.method + " " + request.target, call.thing);
}

}  // namespace kedge::drydock
