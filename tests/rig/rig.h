// The whole of Kedge with real programs only, for tests and benches: a private mosquitto with mutual TLS,
// drydock, kedged and kedge-link, in a temporary folder, on free loopback ports, each to be started, killed,
// stopped and frozen alone. Nothing is left behind, not even when the test itself is killed: see shelter.h.
//
//   Rig rig;                                            // everything is up, the link too
//   rig.service().CreateJob("a", rig.Document({rig.Step("one", rig.Script("one", "touch /x"))}));
//   rig.WaitForStatus("a", "SUCCEEDED");
//
// With KEDGE_RIG_READING in the environment drydock takes that other reading of AWS's documents.
//
// What goes wrong throws std::runtime_error, with the end of the agent's log in it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "rig/process_scan.h"
#include "rig/program.h"
#include "rig/service.h"
#include "rig/shelter.h"
#include "rig/wait.h"

namespace kedge::rig {

struct Options {
  std::string thing = "pi-1";
  std::string config = {};  // YAML over the rig's own
  bool impatient = true;    // short delays between attempts, so that a test is soon over; false: as shipped
  bool cgroups = true;      // where this machine has them: see Rig::has_cgroups
  bool store = false;       // drydock keeps what it knows in a file, for StartDrydock() after a Kill()
  bool files = false;       // drydock serves Folder("files") as S3's buckets
  bool rsa = false;         // RSA-2048 certificates as AWS makes them; slower to make than the usual P-256
  bool start = true;        // and wait until the link is up; false: only the broker and drydock
};

class Rig {
 public:
  explicit Rig(Options options = {});
  ~Rig();
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  // --- the programs
  Program& broker() { return broker_; }
  Program& drydock() { return drydock_; }
  Program& kedged() { return kedged_; }
  Program& link() { return link_; }
  std::vector<std::string> kedged_argv() const;
  void StartDrydock();  // returns when it serves; service() is another one afterwards
  void StartBroker();   // on the same port as before; returns when it listens
  void StartAgent();    // kedged and kedge-link; returns when the link is up
  void WaitForLink();   // "up" in `kedge status`
  bool has_cgroups() const { return use_cgroups_; }
  // Does the service tell, when it refuses an update of what is over, how it ended?
  static bool TellsHowItEnded();
  // The agent's next start has this configuration: YAML over the rig's own.
  void Configure(const std::string& config);

  // --- both ends
  Service& service() { return *service_; }
  Finished Kedge(const std::vector<std::string>& words, const std::string& user = "");  // the command `kedge`
  // The same, started and left running; its log holds what it prints.
  std::unique_ptr<Program> StartKedge(const std::vector<std::string>& words);
  json KedgeJson(const std::vector<std::string>& words);  // with --json; null when it fails
  json Show(const std::string& job) { return KedgeJson({"show", job}); }
  // "safe", "unknown", "unsafe"; "" when there is none yet.
  std::string Verdict(const std::string& job);
  bool IsIdle();  // by `kedge status`
  // Any bytes, which drydock's own publishing cannot do.
  void PublishBytes(const std::string& topic, const std::string& payload, bool retain = false);
  // mosquitto_sub with drydock's certificate: has subscribed when this returns; its log holds "TOPIC PAYLOAD"
  // lines.
  std::unique_ptr<Program> Listen(const std::string& topic);

  // --- jobs
  // A shell script beneath allowed_handlers: NAME a handler of one file, NAME/VERB one of a folder. `body`
  // without the first line. Returns NAME.
  std::string Script(const std::string& name, const std::string& body, const std::string& shell = "/bin/sh");
  // A step that calls it; `args` and `more` (members of action) as in the job document.
  json Step(const std::string& script, std::vector<std::string> args = {}, const json& more = json::object());
  static json CommandStep(const std::string& command, const json& more = json::object());
  static json Document(const std::vector<json>& steps);

  // A program of ours beneath allowed_handlers, as a handler of one file.
  std::string Binary(const std::string& name, const std::string& program);

  // --- waiting and looking
  void WaitUntil(const std::string& what, const std::function<bool()>& is_true,
                 std::chrono::milliseconds limit = kPatience);
  // A final status that is another throws at once.
  void WaitForStatus(const std::string& job, const std::string& status);
  // Creates the job, waits for SUCCEEDED: the agent is alive and well.
  void RunsAJob(const std::string& job);
  // Processes that jobs of this rig started: by what the agent puts into their environment, or by `mark`
  // among their arguments.
  std::vector<pid_t> StepProcesses() const;
  std::string mark() const { return shelter_.marker() + "-step"; }

  // --- places
  std::string Folder(const std::string& name) const { return shelter_.folder() + "/" + name; }
  std::string handlers() const { return Folder("handlers"); }
  std::string config_file() const { return Folder("kedge.yaml"); }
  int broker_port() const { return port_; }
  // The device's certificate, anew: as an unlucky provisioning would put it there.
  void IssueDeviceCertificate(bool expired = false);
  std::string certificate() const { return Folder("pki/device.pem"); }
  std::string key() const { return Folder("pki/device.key"); }
  std::string link_user() const;  // "": ours, because we are not root
  std::string Logs() const;       // the last lines of all

 private:
  struct Certificates;
  void MakeCertificates();
  std::string BaseConfig() const;
  std::vector<std::string> drydock_argv() const;
  std::vector<std::string> Client(const std::string& program) const;

  const Options options_;
  const Shelter shelter_;
  std::unique_ptr<Certificates> certificates_;
  int port_;
  bool use_cgroups_;
  Program broker_;
  Program drydock_;
  Program kedged_;
  Program link_;
  std::unique_ptr<Service> service_;
};

int FreePort();  // on the loopback interface, a moment ago

}  // namespace kedge::rig
