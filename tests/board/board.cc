#include "board/board.h"

#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "board/cuts/block_log.h"
#include "rig/files.h"

namespace kedge::board {
namespace {

// This machine's loopback interface, as QEMU's user network shows it to the board.
constexpr const char* kHost = "10.0.2.2";

std::string FromRun(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr)
    throw std::runtime_error("there is no board: start this program with tests/board/run.sh");
  return value;
}

std::string Config(int port) {
  return "thing: pi-1\nbroker: {endpoint: localhost, port: " + std::to_string(port) +
         ", ca: /etc/kedge/ca.pem, certificate: /etc/kedge/certificate.pem, key: /etc/kedge/private.key,\n"
         "  reconnect: {base: 500ms, cap: 2s, floor: 100ms}}\n"
         "service: {retry: {base: 1s, cap: 4s, floor: 500ms}, connect_spread: 0ms, progress: 500ms}\n"
         // An emulated board on a busy machine is slow; what is safe is decided by what happens, not by when.
         "process: {grace: 3s}\n";
}

bool IsFinal(const std::string& status) {
  return !status.empty() && status != "QUEUED" && status != "IN_PROGRESS";
}

}  // namespace

Board::Board()
    : rig_({.start = false}),
      machine_({.image = {FromRun("KEDGE_BOARD_IMAGE")},
                .folder = rig_.Folder("board"),
                // Some of what was not flushed is there after a cut, and some is not.
                .after_cut = [](const PowerLoss& loss) {
                  ApplyAfterCut(loss.disk, loss.log, static_cast<uint64_t>(loss.boot));
                }}) {
  const auto place = [this](const std::string& name, const std::string& from, const std::string& owner,
                            unsigned mode) {
    machine_.PlaceFile("/etc/kedge/" + name, rig::ReadIfThere(rig_.Folder("pki/" + from)), mode, owner);
  };
  place("ca.pem", "ca.pem", "root", 0644);
  place("certificate.pem", "device.pem", "kedge", 0400);
  place("private.key", "device.key", "kedge", 0400);
  machine_.PlaceFile("/etc/kedge/kedge.yaml", Config(rig_.broker_port()));
  // The rig's broker shows a certificate for this name.
  machine_.PlaceFile("/etc/hosts", std::string("127.0.0.1 board\n") + kHost + " localhost\n");
}

Board::~Board() = default;

std::string Board::NextPackage() { return FromRun("KEDGE_BOARD_NEXT"); }

void Board::Start() {
  machine_.Boot();
  machine_.WaitUntilControl(kPatient);
  WaitForLink();
}

// Each look starts a program on the board: not as often as it can be.
void Board::WaitUntil(const std::string& what, const std::function<bool()>& is_true) {
  const auto until = std::chrono::steady_clock::now() + kPatient;
  while (!is_true()) {
    if (std::chrono::steady_clock::now() >= until) {
      throw std::runtime_error(what + " did not happen\n" + Story("") + machine_.Tail());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

void Board::WaitForLink() {
  WaitUntil("the link of the board", [this] {
    const json status = Kedge({"status"});
    return status.is_object() && status["link"] == "up";
  });
}

json Board::Aws(const std::vector<std::string>& words) {
  const json ready = json::parse(rig::ReadIfThere(rig_.Folder("ready")));
  // A configuration or credentials of this machine are none of the test's.
  std::vector<std::string> argv = {"/usr/bin/env",
                                   "AWS_ACCESS_KEY_ID=test",
                                   "AWS_SECRET_ACCESS_KEY=test",
                                   "AWS_DEFAULT_REGION=us-east-1",
                                   "AWS_EC2_METADATA_DISABLED=true",
                                   "AWS_CONFIG_FILE=/dev/null",
                                   "AWS_PAGER=",
                                   "/usr/bin/aws",
                                   "--endpoint-url",
                                   "http://127.0.0.1:" + std::to_string(ready["http"].get<int>())};
  argv.insert(argv.end(), words.begin(), words.end());
  const rig::Finished finished = rig::Run(argv, rig_.Folder("scratch"));
  if (finished.status != 0) throw std::runtime_error("aws " + words[1] + ": " + finished.err);
  return json::parse(finished.out, nullptr, false);
}

void Board::CreateJob(const std::string& job, const json& document) {
  Aws({"iot", "create-job", "--job-id", job, "--targets", "arn:aws:iot:us-east-1:000000000000:thing/pi-1",
       "--document", document.dump()});
}

void Board::CreateFromTemplate(const std::string& job, const std::string& name, const json& parameters) {
  Aws({"iot", "create-job", "--job-id", job, "--targets", "arn:aws:iot:us-east-1:000000000000:thing/pi-1",
       "--job-template-arn", "arn:aws:iot:us-east-1::jobtemplate/" + name + ":1.0", "--document-parameters",
       parameters.dump()});
}

void Board::ForceCancel(const std::string& job) {
  Aws({"iot", "cancel-job-execution", "--job-id", job, "--thing-name", "pi-1", "--force"});
}

std::string Board::WaitForEnd(const std::string& job) {
  std::string status;
  if (!rig::BecomesTrue([&] { return IsFinal(status = service().Status(job)); }, kPatient))
    throw std::runtime_error("job " + job + " is still " + status + "\n" + Story(job));
  return status;
}

void Board::WaitForRest() {
  WaitUntil("the rest of the board", [this] {
    const json status = Kedge({"status"});
    return status.is_object() && status["link"] == "up" && !status.contains("execution");
  });
}

json Board::Kedge(const std::vector<std::string>& words) {
  std::string command = "kedge";
  for (const std::string& word : words) command += " '" + word + "'";
  const Output output = machine_.Run(command + " --json 2>/dev/null");
  return output.status == 0 ? json::parse(output.out, nullptr, false) : json();
}

std::string Board::Verdict(const std::string& job) {
  const json shown = Kedge({"show", job});
  return shown.is_object() ? shown.value("verdict", "") : "";
}

std::string Board::Story(const std::string& job) {
  const std::string show = job.empty() ? "kedge status" : "kedge show '" + job + "'";
  return machine_
      .Run(show + "; journalctl --no-pager -o short-precise -n 60 -u kedged -u kedge-link | cut -c 1-300")
      .out;
}

std::string Board::Listing(const std::string& folder) {
  return machine_.Shell(
      "cd '" + folder +
      "' && find . -printf '%y %m %u:%g %P %l\\n' | sort && find . -type f -print0 | sort -z |"
      " xargs -0r sha256sum");
}

}  // namespace kedge::board
