// The members of the history's entries, one function a kind (README.md, "See what happened").
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "fault.h"
#include "http.h"
#include "http_call.h"
#include "mqtt_api.h"

namespace kedge::drydock {

constexpr std::string_view kWordPrefix = "kedge/things/";

// "mqtt-in": the request, and what was decided: accepted, rejected with which code, or (null) lost.
nlohmann::json RequestEntry(const Request& request, const Publication* reply);
// "device": what Kedge's agent says beside the Jobs topics, on kedge/things/THING/….
nlohmann::json WordEntry(const std::string& topic, const std::string& payload);
// "mqtt-out". `sent` false: there was no broker.
nlohmann::json PublicationEntry(const Publication& publication, bool sent);
// "http".
nlohmann::json HttpEntry(const HttpRequest& request, const HttpCall& call, const HttpReply& reply);
// "execution" and "timer": what became of an execution. `by`: mqtt, http, timer or fault.
nlohmann::json TransitionEntry(const Transition& transition, const char* by);
// "fault": which rule did what, to which message. What was dropped is kept as `topic` and `payload`, for no
// other entry shows it; a request has one.
nlohmann::json FaultEntry(const Fault& fault, const Request& request);
nlohmann::json FaultEntry(const Fault& fault, const Publication& publication, const Request* answers);
nlohmann::json FaultEntry(const Fault& fault, const HttpRequest& request, const HttpCall& call);

}  // namespace kedge::drydock
