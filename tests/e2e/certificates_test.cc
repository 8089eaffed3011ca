// A certificate that cannot be used is named with its path, and the link is up once it is put right.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rig/files.h"
#include "upgrade.h"

namespace kedge::e2e {
namespace {

// Brings the agent up, waits until the path is named, puts the certificate right, and sees a job run.
void IsNamedAndPutRight(Rig& rig, const std::string& path, const std::string& why) {
  rig.kedged().Start();
  rig.link().Start();
  rig.WaitUntil("the naming of " + path, [&] { return rig.link().Said(path) && rig.link().Said(why); });
  CHECK(rig.KedgeJson({"status"})["link"] == "down");
  CHECK(rig.link().Runs());
  const pid_t pid = rig.link().pid();
  rig.IssueDeviceCertificate();
  rig.WaitForLink();
  CHECK(rig.link().pid() == pid);
  rig.RunsAJob("a");
}

TEST_CASE("a missing certificate is named, and the link is up once it is there") {
  Rig rig({.start = false});
  unlink(rig.certificate().c_str());
  IsNamedAndPutRight(rig, rig.certificate(), "");
}

TEST_CASE("a missing key is named, and the link is up once it is there") {
  Rig rig({.start = false});
  unlink(rig.key().c_str());
  IsNamedAndPutRight(rig, rig.key(), "");
}

TEST_CASE("a key that the link may not read is named, and the link is up once it may") {
  Rig rig({.start = false});
  if (rig.link_user().empty()) {
    MESSAGE("not root: cannot take a file away from the link's user");
    return;
  }
  REQUIRE(chown(rig.key().c_str(), 0, 0) == 0);
  IsNamedAndPutRight(rig, rig.key(), "ermission denied");
}

TEST_CASE("an expired certificate is named, and the link is up once there is a new one") {
  Rig rig({.start = false});
  rig.IssueDeviceCertificate(true);
  IsNamedAndPutRight(rig, rig.certificate(), "expired");
}

TEST_CASE("a certificate that is none is named, and the link is up once it is one") {
  Rig rig({.start = false});
  rig::WriteFile(rig.certificate(), "-----BEGIN CERTIFICATE-----\nhello\n-----END CERTIFICATE-----\n");
  IsNamedAndPutRight(rig, rig.certificate(), "");
}

}  // namespace
}  // namespace kedge::e2e
