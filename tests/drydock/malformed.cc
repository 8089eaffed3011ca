#include "malformed.h"

#include <doctest/doctest.h>

#include "aws_model.h"
#include "http_call.h"
#include "rest_api.h"

namespace kedge::drydock {

using nlohmann::json;

namespace {

constexpr std::size_t kMiB = 1U << 20U;

std::string StateOf(Scene& scene) {
  std::string state;
  for (const Record& record : scene.service.Snapshot()) {
    state += record.kind + " " + record.id + " " + record.body.value_or(json()).dump() + record.bytes + "\n";
  }
  return state;
}

// Runs `request`, which must change nothing and be silent.
template <typename Request>
auto Unmoved(const Request& request) {
  FullScene scene;
  const std::string before = StateOf(scene);
  auto answer = request(scene);
  const bool moved = StateOf(scene) != before;
  CHECK_FALSE(moved);
  CHECK(scene.Events().empty());
  CHECK(scene.service.TakeTransitions().empty());
  return answer;
}

// For each value inside, the body with a value of another type in its place.
std::vector<json> WithOneWrongType(const json& body, bool numbers_may_be_text) {
  const std::vector<json> types = {json::object(), json::array(), numbers_may_be_text ? "word" : "7", 1.5,
                                   true};
  const json flat = body.flatten();
  std::vector<json> all;
  for (const auto& [pointer, value] : flat.items()) {
    for (json::json_pointer at(pointer); !at.empty(); at.pop_back()) {
      const json& right = body.at(at);
      for (const json& other : types) {
        if (right.type() == other.type()) continue;
        all.push_back(body);
        all.back().at(at) = other;
      }
    }
  }
  return all;
}

json WithOneWrong(const json& body, const Wrong& wrong) {
  json other = body;
  const json::json_pointer at(wrong.member);
  if (!wrong.value.is_null()) {
    other[at] = wrong.value;
  } else {
    REQUIRE(other.contains(at));
    other.at(at.parent_pointer()).erase(at.back());
  }
  return other;
}

// Nested so deep that a parser which calls itself would end here.
std::string Deep(std::size_t levels) {
  return R"({"extra":)" + std::string(levels, '[') + std::string(levels, ']') + "}";
}

std::string Big(json body) {
  if (body.is_null()) body = json::object();
  body["extra"] = std::string(kMiB, 'x');
  return body.dump();
}

HttpReply Send(Scene& scene, const RestTable& table, const std::string& target, const std::string& body) {
  return table.data_plane ? scene.DataPlane(table.method, target, body)
                          : scene.Operator(table.method, target, body);
}

std::string OperationOf(bool data_plane, const std::string& method, const std::string& target) {
  return CallIn({.method = method,
                 .target = target,
                 .headers = {{"authorization", data_plane ? "Credential=a/b/c/iot-jobs-data/d" : ""}}})
      .operation;
}

// The HTTP status that AWS's model has for this error of the operation that is called.
int StatusOf(const RestTable& table, const std::string& target, const std::string& error) {
  const std::string name = OperationOf(table.data_plane, table.method, target);
  if (name.empty()) return 404;  // UnknownOperationException stands in no model
  const auto errors = AwsModel::Of(table.data_plane).Named(name).errors;
  REQUIRE_MESSAGE(errors.contains(error), name << " has no " << error);
  return errors.at(error);
}

void CheckBodies(const RestTable& table) {
  const std::string target = Plain(table.target);
  const auto refused = [&](const std::string& body, const std::string& error = kInvalid) {
    CheckRefused(table, target, body, error);
  };
  for (const Wrong& wrong : table.wrong) {
    CAPTURE(wrong.member);
    refused(WithOneWrong(table.body, wrong).dump(), wrong.error);
  }
  if (!table.body.is_null()) {
    for (const json& body : WithOneWrongType(table.body, false)) refused(body.dump());
  }
  for (const char* body : {"{", "nonsense", "[]", "7", "\"text\"", "null", "{}{}", "{\"a\":\"\xFF\xFE\"}"}) {
    refused(body);
  }
  for (const auto& body : {std::string(kMiB, '['), std::string(kMiB, 'x'), Big(table.body), Deep(100000)}) {
    refused(body);
  }
}

void CheckNames(const RestTable& table) {
  const std::string body = table.body.is_null() ? "" : table.body.dump();
  const std::vector<std::string> names = {
      "", std::string(129, 'a'), "a%20b", "a%2Fb", "%FF%FE", "%C3%BC", "$next.", "a%00", "%", "*"};
  for (auto open = table.target.find('{'); open != std::string::npos;
       open = table.target.find('{', open + 1)) {
    const auto close = table.target.find('}', open);
    for (const std::string& name : names) {
      const auto target = Plain(table.target.substr(0, open) + name + table.target.substr(close + 1));
      CheckRefused(table, target, body, kInvalid);
    }
  }
}

}  // namespace

FullScene::FullScene() {
  const auto make = [&](const char* method, const char* target, const char* body) {
    const HttpReply reply = Operator(method, target, body);
    REQUIRE_MESSAGE(reply.status == 200, reply.body);
  };
  make("POST", "/things/pi-2", "{}");
  make("POST", "/thing-groups/g", "{}");
  make("PUT", "/thing-groups/addThingToThingGroup", R"({"thingGroupName":"g","thingName":"pi-2"})");
  CreateJob("running");
  Device("start-next");
  CreateJob("queued");
  CreateJob("ended");
  Device("ended/update", R"({"status":"FAILED"})");
  CreateJob("everywhere", {{"targetSelection", "CONTINUOUS"},
                           {"targets", {service.control().account().Arn("thinggroup", "g")}}});
  Events();
  service.TakeTransitions();
}

void CheckRefused(const RestTable& table, const std::string& target, const std::string& body,
                  const std::string& error) {
  CAPTURE(target);
  const std::string shown = body.substr(0, 300);
  CAPTURE(shown);
  const HttpReply reply = Unmoved([&](Scene& scene) { return Send(scene, table, target, body); });
  CHECK(reply.error_type == error);
  CHECK(reply.status == StatusOf(table, target, error));
  const json told = json::parse(reply.body, nullptr, false);
  REQUIRE(told.is_object());
  CHECK_FALSE(told.value("message", "").empty());
}

void Check(const RestTable& table) {
  CAPTURE(table.operation);
  const std::string body = table.body.is_null() ? "" : table.body.dump();
  FullScene scene;
  const HttpReply good = Send(scene, table, Plain(table.target), body);
  REQUIRE_MESSAGE(good.status == 200, good.body);
  FullScene other;
  json extra = table.body.is_null() ? json::object() : table.body;
  extra["somethingElse"] = {{"a", {1, 2}}};
  const HttpReply still = Send(other, table, Plain(table.target), extra.dump());
  CHECK_MESSAGE(still.status == 200, still.body);
  CheckNames(table);
  CheckBodies(table);
  for (const std::string& query : table.wrong_queries) {
    const std::string target = Plain(table.target);
    CheckRefused(table, target.substr(0, target.find('?')) + "?" + query, body, kInvalid);
  }
}

void CheckRejected(const std::string& topic, const std::string& payload, const std::string& code) {
  CAPTURE(topic);
  const std::string shown = payload.substr(0, 300);
  CAPTURE(shown);
  const json reply = Unmoved([&](Scene& scene) { return scene.Ask(topic, payload); });
  CHECK(reply.value("code", "accepted") == code);
}

void Check(const MqttTable& table) {
  CAPTURE(table.topic);
  FullScene scene;
  REQUIRE_FALSE(scene.Ask(table.topic, table.payload.dump()).contains("code"));
  FullScene other;
  json extra = table.payload;
  extra["somethingElse"] = json::array({1});
  CHECK_FALSE(other.Ask(table.topic, extra.dump()).contains("code"));
  for (const Wrong& wrong : table.wrong) {
    CAPTURE(wrong.member);
    CheckRejected(table.topic, WithOneWrong(table.payload, wrong).dump(), wrong.error);
  }
  for (const json& payload : WithOneWrongType(table.payload, true)) {
    CheckRejected(table.topic, payload.dump(), "InvalidRequest");
  }
  for (const char* text : {"{", "nonsense", "{\"a\":\"\xFF\xFE\"}", "{}{}", "\xEF\xBB\xBF", " ", "nul"}) {
    CheckRejected(table.topic, text, "InvalidJson");
  }
  for (const auto& text : {std::string("[]"), std::string("7"), std::string("\"text\""), std::string("null"),
                           Big(table.payload), Deep(100000), Deep(60000), std::string(kMiB, 'x')}) {
    CheckRejected(table.topic, text, "InvalidRequest");
  }
}

std::map<std::string, std::string> Pairs(int count) {
  std::map<std::string, std::string> pairs;
  for (int i = 0; i < count; ++i) pairs["k" + std::to_string(i)] = "v";
  return pairs;
}

std::string Plain(std::string target) {
  std::erase_if(target, [](char c) { return c == '{' || c == '}'; });
  return target;
}

}  // namespace kedge::drydock
