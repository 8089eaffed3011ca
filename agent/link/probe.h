// Whether a device can reach its Jobs service, found by doing what kedge-link does, one step after the other,
// each with a verdict of its own: the files, the address, TCP, TLS, MQTT, every subscription, the first
// query and its answer. `kedge-link --probe` prints it, and `kedge setup` runs that before it writes
// anything.
//
// Changes nothing at the service: the query only looks. The broker ends another connection of the same client
// id, though, so no kedge-link of this thing may run meanwhile. Blocks, up to some of the limits; not for the
// loop thread. Run it as the user that kedge-link runs as: only then it tells what that user can read.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "link/broker_config.h"

namespace kedge::link {

// One line of the report.
struct ProbeCheck {
  std::string name;  // "key", "tls", "subscribe": a word for programs
  bool ok = false;
  std::string text;  // a sentence: what is, or what is wrong and where
  std::string hint;  // what to do next; "" when there is nothing to do
  // Of a certificate that could be read: its dates, in seconds since the epoch. 0: it is none.
  int64_t from = 0;
  int64_t until = 0;
};

// {"check": "tls", "ok": true, "text": "...", "hint": "..."}, on one line; with "from" and "until" where
// there are dates.
std::string ToJson(const ProbeCheck& check);

// How far to go. Up to kTls nothing is said to the broker by the client id's name: a kedge-link that is
// connected is not disturbed.
enum class ProbeStage { kFiles, kTls, kAll };

struct ProbePlan {
  BrokerConfig broker;
  std::vector<std::string> filters;  // each is subscribed to alone, so that a refusal names it
  std::string query_topic;           // where the first query goes
  std::string query;
  // Published last, to a topic that the agent will need too; "" leaves it out.
  std::string state_topic;
  std::string state;
  std::chrono::milliseconds answer_limit{10000};
  ProbeStage to = ProbeStage::kAll;
  // After a failure also what does not need it: the address and TCP without good files, the state topic when
  // a subscription is refused.
  bool go_on = false;
  // Whether a message is the answer to the query, and what it says. None: it is something else.
  std::function<std::optional<ProbeCheck>(const std::string& topic, const std::string& payload)> read_answer;
};

// Tells `say` each check when it is done. Ends at the first failure that the later ones need (see go_on); of
// the subscriptions all are tried as long as the broker keeps the connection. True when every check is ok.
bool RunProbe(const ProbePlan& plan, const std::function<void(const ProbeCheck&)>& say);

}  // namespace kedge::link
