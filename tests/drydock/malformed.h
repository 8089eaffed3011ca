// Requests made wrong, one member after the other. Each table has a request that is accepted, which is tried
// first: so what is refused afterwards is refused for what was made wrong in it. After each refusal the
// service's whole state is what it was, and no device was told anything.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "scene.h"

namespace kedge::drydock {

inline constexpr const char* kInvalid = "InvalidRequestException";
inline constexpr const char* kThing = "arn:aws:iot:us-east-1:000000000000:thing/pi-1";

// A service with something of everything: things pi-1 and pi-2, the latter in group g; of pi-1 the jobs
// running (IN_PROGRESS, version 2), queued and ended (FAILED); for the group the continuous job everywhere.
class FullScene : public Scene {
 public:
  FullScene();
};

struct Wrong {
  std::string member;    // a JSON pointer; "/a/-" appends
  nlohmann::json value;  // null: the member is taken away
  std::string error = kInvalid;
};

struct RestTable {
  std::string operation;
  bool data_plane;
  std::string method;
  std::string target;   // names in braces, "/things/{pi-1}/jobs", are made wrong too
  nlohmann::json body;  // null: none
  std::vector<Wrong> wrong;
  std::vector<std::string> wrong_queries = {};  // each in the place of the target's
};

// Every table there is: of jobs; of things and groups; of questions; of the data plane.
std::vector<RestTable> JobTables();
std::vector<RestTable> ThingTables();
std::vector<RestTable> QuestionTables();
std::vector<RestTable> DeviceTables();

// The table; a value of another type for each member; and what is no body of a request at all.
void Check(const RestTable& table);
// One more request of the table's method and plane. Whatever the error, it must be one that AWS's model has
// for the operation, with the model's HTTP status.
void CheckRefused(const RestTable& table, const std::string& target, const std::string& body,
                  const std::string& error);

struct MqttTable {
  std::string operation;  // the data plane's
  std::string topic;      // behind $aws/things/pi-1/jobs/
  nlohmann::json payload;
  std::vector<Wrong> wrong;  // `error` is a code of the device plane
};

std::vector<MqttTable> MqttTables();
void Check(const MqttTable& table);
void CheckRejected(const std::string& topic, const std::string& payload, const std::string& code);

// k0=v, k1=v, …
std::map<std::string, std::string> Pairs(int count);
// Without the braces.
std::string Plain(std::string target);

}  // namespace kedge::drydock
