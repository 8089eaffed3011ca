#include "board/cuts/bench.h"

#include <utility>

#include "rig/files.h"

namespace kedge::board {
namespace {

// This machine's loopback interface, as QEMU's user network shows it.
constexpr const char* kHost = "10.0.2.2";

std::string Config(int port) {
  return "thing: pi-1\n"
         "broker: {endpoint: localhost, port: " +
         std::to_string(port) +
         ", ca: /etc/kedge/ca.pem, certificate: /etc/kedge/certificate.pem, key: /etc/kedge/private.key,\n"
         "         reconnect: {base: 100ms, cap: 500ms, floor: 50ms}}\n"
         "service: {retry: {base: 200ms, cap: 1s, floor: 100ms}, connect_spread: 0ms, notice_wait: 300ms,\n"
         "          progress: 500ms}\n"
         "process: {grace: 1s}\n";
}

}  // namespace

Bench::Bench(Options machine) : rig_({.start = false}), machine_(std::move(machine)) {
  Place("ca.pem", "pki/ca.pem", "root", 0644);
  Place("certificate.pem", "pki/device.pem", "kedge", 0400);
  Place("private.key", "pki/device.key", "kedge", 0400);
  machine_.PlaceFile("/etc/kedge/kedge.yaml", Config(rig_.broker_port()), 0644);
  // The rig's broker shows a certificate for `localhost`.
  machine_.PlaceFile("/etc/hosts", std::string("127.0.0.1 board\n") + kHost + " localhost\n", 0644);
}

void Bench::Start() {
  machine_.Boot();
  machine_.WaitUntilControl();
  machine_.Shell("systemctl enable --now kedged kedge-link", std::chrono::seconds{240});
}

void Bench::Place(const std::string& file, const std::string& from, const std::string& owner, unsigned mode) {
  machine_.PlaceFile("/etc/kedge/" + file, rig::ReadIfThere(rig_.Folder(from)), mode, owner);
}

}  // namespace kedge::board
