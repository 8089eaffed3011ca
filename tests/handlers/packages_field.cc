#include "handlers/packages_field.h"

#include <set>
#include <sstream>
#include <stdexcept>

namespace kedge::testing {
namespace {

// dpkg's and apt's own logs, caches and lists are what may differ.
constexpr char kLook[] = R"(
dpkg -l | cat; dpkg --verify; dpkg --audit; apt-mark showauto; apt-mark showhold; cat /var/lib/dpkg/status
find /etc /usr /opt /srv /var/lib /var/log /var/cache /root \
  ! -path '/var/lib/dpkg/*-old' ! -path '/var/lib/dpkg/lock*' ! -path '/var/lib/dpkg/updates/*' \
  ! -path '/var/lib/dpkg/available' ! -path '/var/lib/dpkg/triggers/*' ! -path '/var/lib/apt/lists*' \
  ! -path '/var/cache/apt/*' ! -path '/var/lib/apt/periodic*' ! -path '/var/log/apt*' ! -path '/var/log/*.log' \
  ! -path '/var/cache/ldconfig*' ! -path '/var/cache/debconf/*-old' -printf '%p %y %m %u:%g %l\n'
find /etc /srv /opt /usr/bin /usr/lib/systemd /usr/share/kedge* /var/lib/kedge* /var/lib/dpkg/info \
  /var/lib/dpkg/alternatives /var/lib/dpkg/diversions /var/lib/dpkg/statoverride /var/lib/systemd \
  /var/lib/apt/extended_states -type f -exec sha256sum {} +
)";

constexpr char kSetUp[] = R"(
export DEBIAN_FRONTEND=noninteractive
dpkg --purge --force-all $(dpkg-query -W -f '${Package}\n' 'kedge-demo-*' 2>/dev/null) >/dev/null 2>&1
rm -rf /etc/kedge-demo /var/lib/kedge-demo* /usr/share/kedge-demo*
dpkg --configure -a && apt-get -qq -y install kedge-demo-tool=1.0 kedge-demo-lib=1.0 kedge-demo-daemon=1.0 \
  kedge-demo-many=1.0 >/dev/null 2>&1
apt-mark auto kedge-demo-lib >/dev/null
echo '# of an administrator' >>/etc/kedge-demo/daemon.conf; chmod 0600 /etc/kedge-demo/daemon.conf
rm /etc/kedge-demo/tool.conf; echo mine >/etc/kedge-demo/mine; echo data >/var/lib/kedge-demo-daemon/data
)";

}  // namespace

Finished Shell(const std::string& line) {
  return Run({"/bin/sh", "-c", "umask 022\n" + line}, {{"LC_ALL", "C"}});
}

void MustShell(const std::string& line) {
  const Finished finished = Shell(line);
  if (finished.status != 0) throw std::runtime_error(line + ": " + finished.out + finished.err);
}

void SetUpPackages() { MustShell(kSetUp); }

std::string LookAtPackages() { return Shell(kLook).out; }

std::vector<std::string> PackagesGuard::Command(const std::string& verb) const {
  std::vector<std::string> argv = {KEDGE_HANDLERS "/guards/packages", verb};
  argv.insert(argv.end(), items_.begin(), items_.end());
  return argv;
}

Environment PackagesGuard::For(const std::string& no_way_back) const {
  return {{"KEDGE_STATE_DIR", state()}, {"KEDGE_NO_WAY_BACK", no_way_back}};
}

std::vector<std::string> Contained(const std::vector<std::string>& argv) {
  std::vector<std::string> contained = {"/usr/bin/unshare", "--pid", "--fork", "--kill-child=KILL", "--"};
  contained.insert(contained.end(), argv.begin(), argv.end());
  return contained;
}

}  // namespace kedge::testing
