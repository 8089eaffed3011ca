// kedge-link's sandbox, looked at from outside while the link is up: what it promises is really so.
#include <doctest/doctest.h>

#include "rig/files.h"
#include "units/name_server.h"
#include "units/unit_case.h"

namespace kedge::units {
namespace {

std::string Link() { return Property("kedge-link.service", "MainPID"); }

std::string StatusOf(const std::string& pid, const std::string& name) {
  return TheField().device().Shell("sed -n 's/^" + name + ":\t//p' /proc/" + pid + "/status");
}

TEST_CASE("the link has no rights, sees nothing that it could change, and can execute nothing but itself") {
  const field::Device& device = TheField().device();
  const std::string pid = Link();
  CHECK(StatusOf(pid, "Uid") != StatusOf("1", "Uid"));
  CHECK(StatusOf(pid, "CapBnd") == "0000000000000000\n");
  CHECK(StatusOf(pid, "CapPrm") == "0000000000000000\n");
  CHECK(StatusOf(pid, "NoNewPrivs") == "1\n");
  CHECK(StatusOf(pid, "Seccomp") == "2\n");

  // Its view of the files, with the rights of root: it is the mounts that refuse.
  const std::string root = "/proc/" + pid + "/root";
  REQUIRE(device.Holds("test -e " + root + "/etc/kedge/kedge.yaml && test -e /var/lib/kedge/journal.db"));
  for (const std::string folder : {"/etc/kedge", "/var/lib", "/run/kedge", "/usr/bin", "/opt"}) {
    const rig::Finished made = device.Run({"touch", root + folder + "/mark"});
    CHECK_MESSAGE(made.err.find("Read-only file system") != std::string::npos, folder << ": " << made.err);
  }
  // Where it can write, nothing can be executed.
  for (const std::string folder : {"/tmp", "/var/tmp", "/dev/shm", "/run"}) {
    const std::string options = device.Shell("awk '$5 == \"" + folder +
                                             "\" {last = $6} END {print last}' /proc/" + pid + "/mountinfo");
    CHECK_MESSAGE(options.find("noexec") != std::string::npos, folder << ": " << options);
  }
  CHECK_FALSE(device.Holds("test -e " + root + "/var/lib/kedge/journal.db"));
  CHECK_FALSE(device.Holds("test -e " + root + "/dev/mem -o -e " + root + "/dev/console"));
  for (const std::string program : {"/bin/sh", "/usr/bin/kedge", "/usr/bin/true"}) {
    const rig::Finished ran = device.Run({root + program, "--version"});
    CHECK_MESSAGE(ran.err.find("Permission denied") != std::string::npos, program << ": " << ran.err);
  }
  CHECK(device.Run({root + "/usr/sbin/kedge-link", "--version"}).status == 0);
}

TEST_CASE("the link asks the name server of the device, in its sandbox") {
  Field& field = TheField();
  NameServer names;  // says 127.0.0.1 to everything
  rig::WriteFile(field.device().Path("/etc/resolv.conf"), "nameserver 127.0.0.1\n");
  field.Configure("broker: {endpoint: broker.kedge.example}\n");
  field.device().Shell("systemctl restart kedge-link");
  // The broker answers there, by another name: only who has asked and connected can tell.
  field.rig().WaitUntil("the link says that the certificate is for another name", [&] {
    return field.device().Holds(
        "journalctl -q -o cat _SYSTEMD_INVOCATION_ID=$(systemctl show --value -p InvocationID kedge-link) | "
        "grep -q 'broker.kedge.example'");
  });
  const std::string said = field.device().Shell(
      "journalctl -q -o cat _SYSTEMD_INVOCATION_ID=$(systemctl show --value -p InvocationID kedge-link)");
  CHECK_MESSAGE(said.find("certificate") != std::string::npos, said);
  CHECK(names.WasAskedFor("broker.kedge.example"));
  field.Configure("");
  field.device().Shell("rm /etc/resolv.conf");
  field.StartAgent();
}

TEST_CASE("with each example of a drop-in the link starts, and connects") {
  Field& field = TheField();
  const std::string folder = "/usr/share/kedge/systemd/";
  for (const std::string& example : {std::string("kedge-link-tpm.conf"), std::string("kedge-link-token.conf"),
                                     std::string("kedge-link-addresses.conf")}) {
    CAPTURE(example);
    // What the packages of a TPM and of a token would have made.
    field.device().Shell(
        "for group in tss softhsm; do getent group $group >/dev/null || groupadd -r $group; done;"
        "mkdir -p /var/lib/softhsm/tokens");
    DropIn("kedge-link.service", field.device().Shell("cat " + folder + example));
    field.StartAgent();
    CHECK(IsActive("kedge-link.service"));
    DropIn("kedge-link.service", "");
  }
  field.StartAgent();
}

}  // namespace
}  // namespace kedge::units
