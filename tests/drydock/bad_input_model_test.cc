// The tables of malformed requests against AWS's own model: every operation and every member is in them, and
// whatever the model does not allow there is refused.

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "aws_model.h"
#include "malformed.h"
#include "percent.h"
#include "rest_api.h"

namespace kedge::drydock {
namespace {

using nlohmann::json;
using Member = AwsModel::Member;

// Reference aws-iot-jobs.md, 6.1 and 6.3.
const std::set<std::string> kControl = {"CreateThing",
                                        "CreateJob",
                                        "DescribeJob",
                                        "GetJobDocument",
                                        "ListJobs",
                                        "UpdateJob",
                                        "CancelJob",
                                        "DeleteJob",
                                        "AssociateTargetsWithJob",
                                        "ListJobExecutionsForJob",
                                        "ListJobExecutionsForThing",
                                        "DescribeJobExecution",
                                        "CancelJobExecution",
                                        "DeleteJobExecution",
                                        "DescribeEndpoint",
                                        "DescribeManagedJobTemplate"};
const std::set<std::string> kData = {"GetPendingJobExecutions", "StartNextPendingJobExecution",
                                     "DescribeJobExecution", "UpdateJobExecution"};

std::vector<RestTable> Tables() {
  std::vector<RestTable> all;
  for (const auto& some : {JobTables(), ThingTables(), QuestionTables(), DeviceTables()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

// Of the customer's own: refused as a whole.
bool IsOfOwnTemplates(std::string_view operation) {
  return operation.find("JobTemplate") != std::string_view::npos &&
         operation.find("ManagedJobTemplate") == std::string_view::npos;
}

std::string Segment(const std::string& text) {
  std::string encoded;
  for (const char c : PercentEncoded(text)) encoded += c == '/' ? "%2F" : std::string(1, c);
  return encoded;
}

std::string AsTarget(const Target& target) {
  std::string text;
  for (const std::string& segment : target.path) text += "/" + Segment(segment);
  for (std::size_t i = 0; i < target.query.size(); ++i) {
    text += (i == 0 ? "?" : "&") + target.query[i].first + "=" + PercentEncoded(target.query[i].second);
  }
  return text;
}

std::string AsText(const json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

// Where the model's path has {thingName}.
std::size_t PlaceIn(const std::vector<std::string>& path, const std::string& name) {
  const auto found = std::find(path.begin(), path.end(), "{" + name + "}");
  REQUIRE(found != path.end());
  return static_cast<std::size_t>(found - path.begin());
}

// One request that the model does not allow.
struct Malformed {
  std::string target;
  json body;
};

std::vector<Malformed> InPath(const Target& target, const RestTable& table, const Member& member,
                              const AwsModel& model) {
  std::vector<Malformed> all;
  const std::size_t at = PlaceIn(model.Named(table.operation).path, member.name);
  for (const json& wrong : WrongValues(member.shape, target.path[at])) {
    Target other = target;
    other.path[at] = AsText(wrong);
    all.push_back({AsTarget(other), table.body});
  }
  return all;
}

std::vector<Malformed> InQuery(const Target& target, const RestTable& table, const Member& member) {
  std::vector<Malformed> all;
  for (std::size_t i = 0; i < target.query.size(); ++i) {
    if (target.query[i].first != member.name) continue;
    std::vector<json> wrong = WrongValues(member.shape, target.query[i].second);
    const std::string type = member.shape["type"];
    if (type == "boolean") wrong.insert(wrong.end(), {"", "1", "TRUE", "yes", "true "});
    if (type == "integer" || type == "long") {
      wrong.insert(wrong.end(), {"", "x", "1.5", "1x", " 1", "0x1", "9223372036854775808"});
    }
    for (const json& value : wrong) {
      Target other = target;
      other.query[i].second = AsText(value);
      all.push_back({AsTarget(other), table.body});
    }
  }
  return all;
}

// The body with something in it that the model does not allow, at this member.
std::vector<json> WrongBodies(const json& body, const Member& member) {
  std::vector<json> all;
  const json::json_pointer at(member.name);
  if (!body.contains(at)) return all;
  const json& right = body.at(at);
  if (member.is_key_of_map) {
    const std::string key = right.begin().key();
    for (const json& wrong : WrongValues(member.shape, key)) {
      all.push_back(body);
      all.back().at(at).erase(key);
      all.back().at(at)[AsText(wrong)] = right.front();
    }
    return all;
  }
  for (const json& wrong : WrongValues(member.shape, right)) {
    all.push_back(body);
    all.back().at(at) = wrong;
  }
  for (const json& required : member.shape.value("required", json::array())) {
    if (!right.contains(required)) continue;  // it stands in the path
    all.push_back(body);
    all.back().at(at).erase(required.get<std::string>());
  }
  return all;
}

std::vector<Malformed> AllMalformed(const RestTable& table, const std::string& plain_target) {
  const AwsModel& model = AwsModel::Of(table.data_plane);
  const Target target = ParseTarget(plain_target);
  std::vector<Malformed> all;
  const auto add = [&](const std::vector<Malformed>& some) {
    all.insert(all.end(), some.begin(), some.end());
  };
  for (const Member& member : model.Members(table.operation, table.body)) {
    if (member.place == "uri") {
      add(InPath(target, table, member, model));
    } else if (member.place == "querystring") {
      add(InQuery(target, table, member));
    } else {
      for (const json& body : WrongBodies(table.body, member)) all.push_back({plain_target, body});
    }
  }
  return all;
}

// Does the table's good request have the member, or is it refused by name?
bool Has(const RestTable& table, const Member& member) {
  const auto names = [&](const std::string& query) {
    return query.starts_with(member.name + "=") || query.find("&" + member.name + "=") != std::string::npos;
  };
  if (member.place == "uri") return true;
  if (member.place == "querystring") {
    const auto& wrong = table.wrong_queries;
    return names(table.target.substr(table.target.find('?') + 1)) ||
           std::any_of(wrong.begin(), wrong.end(), names);
  }
  const auto refused = [&](const Wrong& w) {
    // What is refused by name is so with all that is in it.
    const bool by_name = !table.body.contains(json::json_pointer(w.member));
    return w.member == member.name || (by_name && member.name.starts_with(w.member + "/"));
  };
  return table.body.contains(json::json_pointer(member.name)) ||
         std::any_of(table.wrong.begin(), table.wrong.end(), refused);
}

TEST_CASE("every operation of the reference, and every one that drydock has, is AWS's and is in a table") {
  for (const bool data_plane : {false, true}) {
    std::set<std::string> missing = data_plane ? kData : kControl;
    for (const RestOperation& operation : data_plane ? DataOperations() : ControlOperations()) {
      CAPTURE(operation.name);
      const auto aws = AwsModel::Of(data_plane).Named(std::string(operation.name));
      CHECK(operation.method == aws.method);
      std::string pattern;
      for (const std::string& part : aws.path)
        pattern += (pattern.empty() ? "" : "/") + (part[0] == '{' ? "*" : part);
      CHECK(operation.pattern == pattern);
      missing.erase(std::string(operation.name));
      if (IsOfOwnTemplates(operation.name)) continue;
      const auto tables = Tables();
      CHECK(std::any_of(tables.begin(), tables.end(), [&](const RestTable& table) {
        return table.data_plane == data_plane && table.operation == operation.name;
      }));
    }
    CHECK(missing.empty());
  }
}

TEST_CASE("every member that AWS's model has is in a table") {
  const auto tables = Tables();
  for (const RestTable& table : tables) {
    for (const Member& member : AwsModel::Of(table.data_plane).Members(table.operation, table.body)) {
      CAPTURE(table.operation);
      CAPTURE(member.name);
      CHECK(std::any_of(tables.begin(), tables.end(), [&](const RestTable& other) {
        return other.data_plane == table.data_plane && other.operation == table.operation &&
               Has(other, member);
      }));
    }
  }
}

TEST_CASE("what AWS's model does not allow is refused over REST") {
  for (const RestTable& table : Tables()) {
    const auto all = AllMalformed(table, Plain(table.target));
    for (const Malformed& one : all) {
      CheckRefused(table, one.target, one.body.is_null() ? "" : one.body.dump(), kInvalid);
    }
  }
}

TEST_CASE("what is malformed is refused as that, also about something that is not there") {
  for (const RestTable& table : Tables()) {
    const auto open = table.target.find('{');
    if (open == std::string::npos) continue;
    const auto close = table.target.find('}');
    const auto target = table.target.substr(0, open) + "nobody" + table.target.substr(close + 1);
    const auto all = AllMalformed(table, Plain(target));
    for (const Malformed& one : all) {
      CheckRefused(table, one.target, one.body.is_null() ? "" : one.body.dump(), kInvalid);
    }
  }
}

TEST_CASE("what AWS's model does not allow is rejected over MQTT, and every member is tried") {
  for (const MqttTable& table : MqttTables()) {
    for (Member member : AwsModel::Of(true).Members(table.operation, table.payload)) {
      if (member.place == "uri") continue;
      if (member.place == "querystring") member.name = "/" + member.name;
      CAPTURE(table.topic);
      CAPTURE(member.name);
      CHECK(table.payload.contains(json::json_pointer(member.name)));
      for (const json& payload : WrongBodies(table.payload, member)) {
        CheckRejected(table.topic, payload.dump(), "InvalidRequest");
      }
    }
  }
}

}  // namespace
}  // namespace kedge::drydock
