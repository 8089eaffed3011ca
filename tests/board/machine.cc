#include "board/machine.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "board/channel.h"
#include "board/cuts/block_log.h"
#include "board/emulator.h"
#include "rig/files.h"

namespace kedge::board {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kQemuStarts{30};

std::string FirstLine(const std::string& path) {
  const auto lines = rig::Lines(rig::ReadIfThere(path));
  if (lines.empty()) throw std::runtime_error(path + " cannot be read: image.sh makes it");
  return lines.front();
}

void MustRun(const std::vector<std::string>& argv, const std::string& folder) {
  const rig::Finished finished = rig::Run(argv, folder);
  if (finished.status != 0) throw std::runtime_error(argv[0] + ": " + finished.out + finished.err);
}

std::chrono::milliseconds Since(Clock::time_point then) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - then);
}

}  // namespace

Machine::Machine(Options options)
    : options_(std::move(options)),
      arch_(FirstLine(options_.image.folder + "/arch")),
      disk_(options_.folder + "/disk.img"),
      log_(options_.folder + "/writes.log") {
  fs::create_directories(options_.folder);
  MustRun({"/bin/cp", "--sparse=always", options_.image.folder + "/disk.img", disk_}, options_.folder);
}

Machine::~Machine() { qemu_.Kill(); }

void Machine::Fail(const std::string& what) const {
  throw std::runtime_error("on the board (" + arch_ + "): " + what + "\n--- console\n" + Tail());
}

void Machine::Boot(bool network) {
  if (HasPower()) Fail("it has power already");
  ++boots_;
  rig::WriteFile(log_, "");
  fs::remove(options_.folder + "/overlay.qcow2");
  MustRun({"/usr/bin/qemu-img", "create", "-q", "-f", "qcow2", "-b", disk_, "-F", "raw",
           options_.folder + "/overlay.qcow2"},
          options_.folder);
  fs::remove(options_.folder + "/control");
  fs::remove(options_.folder + "/monitor");
  qemu_ = rig::Program({.name = "qemu",
                        .argv = QemuCommandLine({.board = arch_,
                                                 .image = options_.image.folder,
                                                 .folder = options_.folder,
                                                 .console = console_path(),
                                                 .processors = options_.processors,
                                                 .append = options_.append}),
                        .log_folder = options_.folder});
  started_ = Clock::now();
  qemu_.Start();
  try {
    // It waits for both: nothing that the board says is lost, and the cable is as it should be when it
    // starts.
    control_ = std::make_unique<Channel>(options_.folder + "/control", started_ + kQemuStarts);
    monitor_ = std::make_unique<Channel>(options_.folder + "/monitor", started_ + kQemuStarts);
    Monitor("qmp_capabilities", json::object());
    has_cable_ = arch_ != "raspi3b";
    Network(network);
    Monitor("cont", json::object());
  } catch (const std::exception& error) {
    Fail(std::string(error.what()) + ": " + qemu_.Log());
  }
  boot_id_.clear();
  times_ = {};
}

void Machine::Monitor(const std::string& command, const nlohmann::json& arguments) {
  const json order = {{"execute", command}, {"arguments", arguments}};
  if (!monitor_ || !monitor_->Send(order.dump())) Fail("QEMU's monitor is gone");
  const auto until = Clock::now() + kQemuStarts;
  while (const auto line = monitor_->Next(until)) {
    const json answer = json::parse(*line, nullptr, false);
    if (answer.contains("error")) Fail("QEMU refuses " + command + ": " + *line);
    if (answer.contains("return")) return;
  }
  Fail("QEMU's monitor does not answer " + command);
}

// A Pi's network hangs on USB, and QEMU's usb-net knows no carrier: a board that sends while the link is down
// may never hear anything again. So the adapter itself is plugged in and pulled out.
void Machine::Network(bool is_in) {
  if (arch_ != "raspi3b") {
    Monitor("set_link", {{"name", "cable"}, {"up", is_in}});
  } else if (is_in && !has_cable_) {
    Monitor("device_add", {{"driver", "usb-net"}, {"netdev", "net"}, {"id", "cable"}});
  } else if (!is_in && has_cable_) {
    Monitor("device_del", {{"id", "cable"}});
  }
  has_cable_ = is_in;
}

// Takes in "ready BOOT-ID"; anything else is an answer that nobody waits for any more.
bool Machine::TakeGreeting(const std::string& line) {
  if (!line.starts_with("ready ")) return false;
  boot_id_ = line.substr(6);
  return true;
}

void Machine::WaitUntilControl(std::chrono::seconds limit) {
  const auto until = Clock::now() + limit;
  while (boot_id_.empty()) {
    const auto line = control_ ? control_->Next(until) : std::nullopt;
    if (!line) Fail("its control channel says nothing within " + std::to_string(limit.count()) + " s");
    TakeGreeting(*line);
  }
  if (times_.control.count() == 0) times_.control = Since(started_);
}

void Machine::WaitForReboot(std::chrono::seconds limit) {
  const std::string before = boot_id_;
  const auto until = Clock::now() + limit;
  while (boot_id_ == before) {
    const auto line = control_ ? control_->Next(until) : std::nullopt;
    if (!line) Fail("it does not come back from a reboot within " + std::to_string(limit.count()) + " s");
    TakeGreeting(*line);
  }
}

Output Machine::Run(const std::string& script, std::chrono::seconds limit) {
  if (boot_id_.empty()) WaitUntilControl();
  const std::string number = std::to_string(++asked_);
  const std::string code = ToBase64(script);
  const auto until = Clock::now() + limit;
  if (!control_ || !control_->Send(number + " " + code)) Fail("it has no power for: " + script);
  while (const auto line = control_->Next(until)) {
    if (TakeGreeting(*line)) Fail("it rebooted during: " + script);
    if (!line->starts_with(number + " ")) continue;
    const auto status = number.size() + 1;
    const auto output = std::min(line->find(' ', status), line->size());
    return {std::stoi(line->substr(status)), FromBase64(line->substr(std::min(output + 1, line->size())))};
  }
  Fail((control_->IsOpen() ? "it takes too long for: " : "it lost power during: ") + script);
}

std::string Machine::Shell(const std::string& script, std::chrono::seconds limit) {
  Output output = Run(script, limit);
  if (output.status != 0) {
    throw std::runtime_error("on the board, status " + std::to_string(output.status) + " of: " + script +
                             "\n" + output.out);
  }
  return std::move(output.out);
}

bool Machine::HasPower() { return qemu_.Runs(); }

void Machine::Unplug() {
  control_.reset();
  monitor_.reset();
  boot_id_.clear();
  fs::remove(options_.folder + "/overlay.qcow2");
}

void Machine::Cut() {
  if (!HasPower()) Fail("it has no power to cut");
  qemu_.Kill();
  Unplug();
  if (options_.after_cut) {
    options_.after_cut({disk_, log_, boots_});
  } else {
    ApplyFlushed(disk_, log_);
  }
}

void Machine::PowerOff(std::chrono::seconds limit) {
  // Not by Run: the answer may not come through any more.
  if (boot_id_.empty()) WaitUntilControl();
  const std::string order = ToBase64("systemctl --no-block poweroff");
  if (!control_ || !control_->Send(std::to_string(++asked_) + " " + order)) Fail("it has no power");
  const auto until = Clock::now() + limit;
  while (control_->Next(until)) {
  }
  if (control_->IsOpen()) Fail("it does not switch off within " + std::to_string(limit.count()) + " s");
  qemu_.Wait();
  Unplug();
  ApplyAll(disk_, log_);
}

std::string Machine::console_path() const {
  return options_.folder + "/console-" + std::to_string(boots_) + ".log";
}

std::string Machine::Console() const { return rig::ReadIfThere(console_path()); }

std::string Machine::Tail() const {
  constexpr std::size_t kMost = 4000;
  const std::string all = Console();
  return all.size() > kMost ? all.substr(all.size() - kMost) : all;
}

}  // namespace kedge::board
