// The judge itself: it sees each kind of difference, and none where there is none.
#include <doctest/doctest.h>

#include "field/field_case.h"

namespace kedge::field {
namespace {

struct Change {
  std::string make;  // on the device
  std::string take_back;
  std::string seen;  // in the differences
};

const std::vector<Change> kChanges = {
    {"cp -a /etc/hosts /etc/hosts.kept; sed -i 's/local/lokal/' /etc/hosts; touch -r /etc/hosts.kept "
     "/etc/hosts",
     "mv /etc/hosts.kept /etc/hosts", "file /etc/hosts"},
    {"chmod 600 /etc/hosts", "chmod 644 /etc/hosts", "file /etc/hosts"},
    {"chown daemon /etc/hosts", "chown root /etc/hosts", "file /etc/hosts"},
    {"setfattr -n user.x -v 1 /etc/hosts", "setfattr -x user.x /etc/hosts", "file /etc/hosts"},
    {"setfacl -m u:daemon:r /etc/hosts", "setfacl -b /etc/hosts; chmod 644 /etc/hosts", "file /etc/hosts"},
    {"setcap cap_net_raw+ep /usr/bin/env", "setcap -r /usr/bin/env", "file /usr/bin/env"},
    {"ln /etc/hosts /opt/hosts", "rm /opt/hosts", "file /opt/hosts: new"},
    {"ln -sfn /x /opt/link; ln -sfn /y /opt/link", "rm /opt/link", "file /opt/link"},
    {"mkdir /usr/lib/new", "rmdir /usr/lib/new", "file /usr/lib/new"},
    {"touch -d 2001-02-03 /opt/exact", "touch -d 2002-02-03 /opt/exact", "file /opt/exact"},
    {"apt-mark hold kedge-demo-tool", "apt-mark unhold kedge-demo-tool", "apt-mark showhold"},
    {"apt-mark auto kedge-demo-tool", "apt-mark manual kedge-demo-tool", "apt-mark showauto"},
    {"dpkg -i /srv/repository/kedge-demo-many_2.0_all.deb", "dpkg --purge kedge-demo-many", "dpkg -l"},
    {"dpkg --unpack /srv/repository/kedge-demo-slow_2.0_all.deb", "dpkg --purge kedge-demo-slow",
     "dpkg --audit"},
    {"echo x >>/etc/kedge-demo/tool.conf",
     "dpkg -i --force-confnew /srv/repository/kedge-demo-tool_2.0_all.deb; sed -i '/^x$/d' "
     "/etc/kedge-demo/tool.conf",
     "dpkg --verify"},
    {"systemctl stop one", "systemctl start one", "unit one.service ActiveState"},
    {"systemctl enable one", "systemctl disable one", "unit one.service UnitFileState"},
    {"systemctl mask --runtime one", "systemctl unmask --runtime one", "ls -A /run/systemd/system"},
    {"mkdir /etc/systemd/system/one.service.d; printf '[Service]\\nNice=1\\n' "
     ">/etc/systemd/system/one.service.d/a.conf; systemctl daemon-reload",
     "rm -r /etc/systemd/system/one.service.d; systemctl daemon-reload", "unit one.service DropInPaths"},
    {"sed -i s/infinity/900000/ /etc/systemd/system/one.service",
     "sed -i s/900000/infinity/ /etc/systemd/system/one.service; systemctl daemon-reload",
     "unit one.service NeedDaemonReload"},
    {"systemctl start failing; true", "systemctl reset-failed failing", "systemctl --failed"},
    {"useradd -M -N someone", "userdel someone", "getent passwd"},
    {"shutdown +100", "shutdown -c", "scheduled"},
};

TEST_CASE("the census sees each kind of change, and nothing when it is taken back") {
  const Device& device = TheField().device();
  device.Shell(
      "DEBIAN_FRONTEND=noninteractive apt-get -y -q install kedge-demo-tool >/dev/null; apt-mark -q manual "
      "kedge-demo-tool >/dev/null;"
      "printf '[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n' "
      ">/etc/systemd/system/one.service;"
      "printf '[Service]\\nType=oneshot\\nExecStart=/bin/false\\n' >/etc/systemd/system/failing.service;"
      "systemctl daemon-reload; systemctl start one; touch -d 2002-02-03 /opt/exact;"
      "shutdown +100 2>/dev/null; shutdown -c 2>/dev/null");
  Surveyor surveyor(device);
  const Subject subject{.exact = {"/opt/exact"}, .units = {"one.service"}};
  const Census before = surveyor.Take(subject);
  const std::string at_first = Differences(before, surveyor.Take(subject));
  REQUIRE_MESSAGE(at_first.empty(), at_first);
  for (const Change& change : kChanges) {
    device.Shell("{ " + change.make + "; } >/dev/null 2>&1");
    const std::string differs = Differences(before, surveyor.Take(subject));
    CHECK_MESSAGE(differs.find(change.seen) != std::string::npos, change.make << " is not seen:\n"
                                                                              << differs);
    device.Shell("{ " + change.take_back + "; } >/dev/null 2>&1");
    const std::string left = Differences(before, surveyor.Take(subject));
    REQUIRE_MESSAGE(left.empty(), change.take_back << " leaves:\n" << left);
  }
}

}  // namespace
}  // namespace kedge::field
