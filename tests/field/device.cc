#include "field/device.h"

#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "rig/wait.h"

namespace kedge::field {
namespace {

std::string FromRun(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr)
    throw std::runtime_error("there is no device: start this program with tests/field/run.sh");
  return value;
}

}  // namespace

Device::Device(std::string scratch)
    : scratch_(std::move(scratch)),
      inside_(FromRun("KEDGE_FIELD_INSIDE")),
      cut_(FromRun("KEDGE_FIELD_CUT")),
      root_(FromRun("KEDGE_FIELD_ROOT")) {}

rig::Finished Device::Run(const std::vector<std::string>& argv) const {
  std::vector<std::string> words = {inside_};
  words.insert(words.end(), argv.begin(), argv.end());
  return rig::Run(words, scratch_);
}

std::string Device::Shell(const std::string& script) const {
  const rig::Finished finished = Run({"/bin/sh", "-c", script});
  if (finished.status != 0) {
    throw std::runtime_error("on the device, status " + std::to_string(finished.status) + " of: " + script +
                             "\n" + finished.out + finished.err);
  }
  return finished.out;
}

bool Device::Holds(const std::string& script) const { return Run({"/bin/sh", "-c", script}).status == 0; }

// A container has this machine's boot id, whatever it does: when its first process began, and in which
// namespace, tells.
std::string Device::BootId() const {
  const rig::Finished finished =
      Run({"/bin/sh", "-c", "cut -d ' ' -f 22 /proc/1/stat; stat -Lc %i /proc/1/ns/pid"});
  return finished.status == 0 ? finished.out : "";
}

void Device::CutPower() const {
  // Between two boots there is nothing to kill.
  rig::WaitUntil("a device with power", [this] { return rig::Run({cut_}, scratch_).status == 0; });
}

}  // namespace kedge::field
