#include "doors/door.h"

#include <stdexcept>

#include "rig/files.h"

namespace kedge::doors {
namespace {

using rig::Finished;

std::string Endpoint(const Rig& rig) {
  const json ready = json::parse(rig::ReadIfThere(rig.Folder("ready")));
  return "http://127.0.0.1:" + std::to_string(ready["http"].get<int>());
}

json MemberOf(const json& object, const char* member) {
  return object.is_object() ? object.value(member, json()) : json();
}

std::string AnswerOf(const json& answer) {
  if (!answer.is_object()) return "no answer";
  return answer.value("accepted", false) ? "accepted" : answer.value("code", "no code");
}

// What goes to the device itself, in the words of jobs/PROTOCOL.md.
json RequestFor(const Wish& wish) {
  json request = {{"jobId", wish.job.id}, {"force", wish.force}};
  if (wish.stale) request["expectedVersion"] = 99;
  return request;
}

class AwsDoor : public Door {
 public:
  using Door::Door;
  std::string Cancel(const Wish& wish) override {
    std::vector<std::string> argv = {"/usr/bin/env",
                                     "AWS_ACCESS_KEY_ID=x",
                                     "AWS_SECRET_ACCESS_KEY=y",
                                     "AWS_DEFAULT_REGION=us-east-1",
                                     "AWS_MAX_ATTEMPTS=1",
                                     "AWS_EC2_METADATA_DISABLED=true",
                                     "HOME=" + rig().Folder("scratch"),
                                     "/usr/bin/aws",
                                     "--endpoint-url",
                                     Endpoint(rig()),
                                     "iot",
                                     "cancel-job-execution",
                                     "--thing-name",
                                     "pi-1",
                                     "--job-id",
                                     wish.job.id};
    if (wish.force) argv.push_back("--force");
    if (wish.stale) argv.insert(argv.end(), {"--expected-version", "99"});
    const Finished aws = rig::Run(argv, rig().Folder("scratch"));
    if (aws.status == 0) return "accepted";
    // "An error occurred (InvalidStateTransitionException) when calling the CancelJobExecution operation:
    // ..."
    const size_t open = aws.err.find('(');
    const size_t close = aws.err.find(')', open);
    if (close == std::string::npos) throw std::runtime_error("aws: " + aws.err);
    return aws.err.substr(open + 1, close - open - 1);
  }
};

// Oracle's SDK for TypeScript; oci_cancel.mjs is what an operator's script would be.
class OciDoor : public Door {
 public:
  using Door::Door;
  Job Create(const std::string& name, const json& document) override {
    const json stack = rig().service().Must(
        "POST", "/20180917/stacks",
        json{{"compartmentId", "ocid1.compartment.oc1..c"},
             {"displayName", name},
             {"configSource", {{"configSourceType", "ZIP_UPLOAD"}, {"zipFileBase64Encoded", "UEsFBgAA"}}},
             {"variables", {{"thing", "pi-1"}, {"document", document.dump()}}}}
            .dump());
    const std::string id = rig().service().Must(
        "POST", "/20180917/jobs",
        json{{"stackId", stack["id"]},
             {"jobOperationDetails", {{"operation", "APPLY"}, {"executionPlanStrategy", "AUTO_APPROVED"}}}}
            .dump())["id"];
    return {id, "oci-" + id.substr(id.rfind('.') + 1)};
  }
  Job Unknown(const std::string& name) override { return {"ocid1.ormjob.oc1.bench." + name, name}; }
  std::string Cancel(const Wish& wish) override {
    std::vector<std::string> argv = {"/usr/bin/env",
                                     std::string("DOORS_OCI_SDK=") + DOORS_OCI_SDK,
                                     "node",
                                     DOORS_OCI_CANCEL,
                                     Endpoint(rig()),
                                     wish.job.id,
                                     wish.force ? "true" : "false"};
    if (wish.stale) argv.push_back("an-etag-of-yesterday");
    const Finished node = rig::Run(argv, rig().Folder("scratch"));
    if (node.status != 0) throw std::runtime_error("oci_cancel.mjs: " + node.err);
    return json::parse(node.out)["answer"];
  }
  bool HasReachedDevice(const Job& job, const json&) override {
    for (const json& line : rig().service().Must("GET", "/20180917/jobs/" + job.id + "/logs")) {
      if (line["message"].get<std::string>().find("pi-1 will stop") != std::string::npos) return true;
    }
    return rig().service().Status(job.execution) == "CANCELED";
  }
  std::string OwnState(const Job& job) override {
    return rig().service().Must("GET", "/20180917/jobs/" + job.id)["lifecycleState"];
  }
};

class TopicDoor : public Door {
 public:
  explicit TopicDoor(Rig& rig) : Door(rig), listener_(rig.Listen(std::string(kTopic) + "/+")) {}
  std::string Cancel(const Wish& wish) override {
    json request = RequestFor(wish);
    const std::string token = "doors-" + std::to_string(++asked_);
    request["clientToken"] = token;
    rig().PublishBytes(kTopic, request.dump());
    json answer;
    rig().WaitUntil("the answer to " + token, [&] {
      for (const std::string& line : rig::Lines(listener_->Log())) {
        const size_t brace = line.find(" {");
        if (!line.starts_with(std::string(kTopic) + "/") || brace == std::string::npos) continue;
        answer = json::parse(line.substr(brace + 1), nullptr, false);
        if (MemberOf(answer, "clientToken") != token) continue;
        // The topic and the answer say the same.
        return line.starts_with(std::string(kTopic) +
                                (answer["accepted"] == true ? "/accepted" : "/rejected"));
      }
      return false;
    });
    return AnswerOf(answer);
  }

 private:
  static constexpr const char* kTopic = "kedge/things/pi-1/cancel";
  std::unique_ptr<rig::Program> listener_;
  int asked_ = 0;
};

class DBusDoor : public Door {
 public:
  using Door::Door;
  std::string Cancel(const Wish& wish) override {
    const Finished busctl =
        rig::Run({"/usr/bin/busctl", "--address=unix:path=" + rig().Folder("run") + "/operator.sock",
                  "--json=short", "call", "org.kedge.Agent1", "/org/kedge/Agent1", "org.kedge.Agent1",
                  "CancelExecution", "s", RequestFor(wish).dump()},
                 rig().Folder("scratch"));
    if (busctl.status != 0) throw std::runtime_error("busctl: " + busctl.err);
    return AnswerOf(json::parse(json::parse(busctl.out)["data"][0].get<std::string>()));
  }
};

class CommandDoor : public Door {
 public:
  using Door::Door;
  std::string Cancel(const Wish& wish) override {
    std::vector<std::string> words = {"cancel", wish.job.id, wish.force ? "--force" : "--yes", "--json"};
    if (wish.stale) words.insert(words.end(), {"--expected-version", "99"});
    const Finished kedge = rig().Kedge(words);
    const std::string answer = AnswerOf(json::parse(kedge.out, nullptr, false));
    if ((kedge.status == 0) != (answer == "accepted")) {
      throw std::runtime_error("kedge cancel ends with " + std::to_string(kedge.status) + ": " + kedge.err);
    }
    return answer;
  }
};

}  // namespace

Job Door::Create(const std::string& name, const json& document) {
  rig_.service().CreateJob(name, document);
  return {name, name};
}

bool Door::HasReachedDevice(const Job& job, const json& status) {
  const json current = MemberOf(status, "execution");
  if (MemberOf(MemberOf(status, "last"), "jobId") == job.execution) return true;
  return MemberOf(current, "jobId") == job.execution && current.contains("cause");
}

const std::vector<std::string>& DoorNames() {
  static const std::vector<std::string> kNames = {"aws", "oci", "topic", "dbus", "command"};
  return kNames;
}

std::unique_ptr<Door> OpenDoor(const std::string& name, Rig& rig) {
  if (name == "aws") return std::make_unique<AwsDoor>(rig);
  if (name == "oci") return std::make_unique<OciDoor>(rig);
  if (name == "topic") return std::make_unique<TopicDoor>(rig);
  if (name == "dbus") return std::make_unique<DBusDoor>(rig);
  if (name == "command") return std::make_unique<CommandDoor>(rig);
  throw std::runtime_error("no door " + name);
}

}  // namespace kedge::doors
