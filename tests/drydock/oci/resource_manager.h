// OCI Resource Manager's API (20180917) in front of drydock's service: what its SDKs and its command line
// need to create, watch and cancel jobs, each of which is an execution on the thing that its stack names.
// stack.h says how a stack names its thing, follower.h what a cancel does, and drydock's README.md what else
// was chosen.
//
// Pure: no I/O, no clock, no threads. Whoever owns it calls Observe() after every change in the service and
// when NextWake() is due, and then takes what is to be published and what is to be kept. Operations change
// the service, too: its events wait there as after any other request.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "http.h"
#include "mqtt_api.h"
#include "oci/call.h"
#include "oci/catalog.h"
#include "oci/follower.h"
#include "oci/settings.h"
#include "record.h"
#include "service.h"

namespace kedge::drydock::oci {

class ResourceManager {
 public:
  // The service outlives it.
  ResourceManager(Service& service, Settings settings);
  ResourceManager(const ResourceManager&) = delete;
  ResourceManager& operator=(const ResourceManager&) = delete;

  // Requests are those below /20180917/.
  HttpReply Answer(const HttpRequest& request, Instant now);
  // What is answered instead of doing anything.
  HttpReply Refuse(const Problem& problem, const HttpRequest& request, Instant now);
  // The thing of the job or the stack that the request names; empty: it names none that is there.
  std::string ThingOf(const HttpRequest& request);

  // What devices say on kedge/things/THING/state and …/cancel/accepted|rejected; other topics are ignored.
  void OnMessage(const std::string& topic, const std::string& payload, Instant now);
  void Observe(Instant now);
  std::optional<Instant> NextWake();

  // Requests on kedge/things/THING/cancel.
  std::vector<Publication> TakePublications() { return follower_.TakePublications(); }
  // Kinds "oci-job" and "oci-stack". Load() ignores other kinds, and throws nlohmann::json::exception for a
  // record of these that was not made here.
  Records TakeChanges() { return catalog_.TakeChanges(); }
  void Load(const Record& record) { catalog_.Load(record); }

 private:
  HttpReply Sent(const Reply& reply, const HttpRequest& request, Instant now);
  Reply Handle(const HttpRequest& request, Instant now);

  Service& service_;
  const Settings settings_;
  Catalog catalog_;
  Follower follower_{service_, settings_};
  uint64_t requests_ = 0;
};

}  // namespace kedge::drydock::oci
