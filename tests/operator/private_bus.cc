#include "operator/private_bus.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace kedge::op {
namespace {

// What Debian's system bus allows, as far as it matters here; and polkit's own policy.
constexpr char kRules[] = R"(<auth>EXTERNAL</auth>
<policy context="default">
  <allow user="*"/><deny own="*"/><deny send_type="method_call"/><allow send_type="signal"/>
  <allow send_requested_reply="true" send_type="method_return"/>
  <allow send_requested_reply="true" send_type="error"/>
  <allow receive_type="method_call"/><allow receive_type="method_return"/><allow receive_type="error"/>
  <allow receive_type="signal"/><allow send_destination="org.freedesktop.DBus"/>
  <allow send_destination="org.freedesktop.PolicyKit1"/>
</policy>
<policy user="root"><allow own="org.freedesktop.PolicyKit1"/></policy>
)";

constexpr char kOpenPolicy[] =
    R"(<busconfig><policy context="default"><allow own="*"/><allow send_destination="*"/></policy></busconfig>)";

}  // namespace

PrivateBus::PrivateBus(Policy policy) {
  const std::string shipped = std::string(KEDGE_SYSTEMD_FOLDER) + "/org.kedge.Agent1.conf";
  const std::string ours = folder_.path() + "/org.kedge.Agent1.conf";
  std::filesystem::copy(shipped, ours);
  if (policy == Policy::kOpen) std::ofstream(ours) << kOpenPolicy;
  std::ofstream(folder_.path() + "/bus.conf")
      << "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN\" "
         "\"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n<busconfig><type>system</type>\n"
      << "<listen>unix:path=" << folder_.path() << "/bus</listen>" << kRules << "<include>" << ours
      << "</include>\n</busconfig>\n";
  const Outcome started =
      Run("dbus-daemon --config-file=" + folder_.path() + "/bus.conf --fork --print-pid=1");
  REQUIRE_MESSAGE(started.status == 0, started.output);
  pid_ = std::stoi(started.output);
  setenv("DBUS_SYSTEM_BUS_ADDRESS", ("unix:path=" + folder_.path() + "/bus").c_str(), 1);
}

PrivateBus::~PrivateBus() {
  Stop();
  unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
}

void PrivateBus::Stop() {
  if (pid_ > 0) kill(pid_, SIGKILL);
  pid_ = 0;
}

Outcome FirstCall() {
  Outcome outcome;
  for (int i = 0; i < 200 && outcome.status != 0; ++i) outcome = Run(kBusctlCall + "GetStatus");
  return outcome;
}

}  // namespace kedge::op
