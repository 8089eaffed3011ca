// What is easily lost on the way back: capabilities behind a change of owner, inherited ACLs, odd names.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <functional>

#include "handlers/guard_case.h"
#include "handlers/listing.h"
#include "handlers/random_tree.h"

namespace kedge::testing {

namespace fs = std::filesystem;

TEST_CASE("files: a capability is there again whichever way the file comes back") {
  if (geteuid() != 0) {
    MESSAGE("not root: nothing is shown");
    return;
  }
  const std::vector<std::pair<const char*, std::function<void(const std::string& file)>>> kinds = {
      // The kernel drops capabilities at each of these by itself.
      {"owner", [](const std::string& file) { CHECK(chown(file.c_str(), 33, 33) == 0); }},
      {"owner there and back",
       [](const std::string& file) {
         CHECK(chown(file.c_str(), 33, 33) == 0);
         CHECK(chown(file.c_str(), 1000, 1000) == 0);
       }},
      {"content", [](const std::string& file) { WriteAll(file, "#!/bin/sh\nexit 1\n"); }},
      {"removed by hand",
       [](const std::string& file) { CHECK(removexattr(file.c_str(), "security.capability") == 0); }},
      {"deleted", [](const std::string& file) { fs::remove(file); }},
      {"mode and owner",
       [](const std::string& file) {
         CHECK(chown(file.c_str(), 0, 0) == 0);
         CHECK(chmod(file.c_str(), 04755) == 0);
       }},
  };
  for (const auto& [name, damage] : kinds) {
    for (const bool has_other_name : {false, true}) {  // with one outside, the file is rewritten in place
      CAPTURE(name);
      CAPTURE(has_other_name);
      const GuardCase guard;
      const std::string file = guard / "ping";
      WriteAll(file, "#!/bin/sh\n");
      REQUIRE(chown(file.c_str(), 1000, 1000) == 0);
      REQUIRE(chmod(file.c_str(), 0750) == 0);
      if (Run({"/usr/sbin/setcap", "cap_net_raw,cap_net_bind_service+ep", file}).status != 0) {
        MESSAGE("no setcap (package libcap2-bin), or no capabilities on this file system: nothing is shown");
        return;
      }
      if (has_other_name && name != std::string("deleted")) fs::create_hard_link(file, guard / "other");
      const Listing before = List({file});
      const std::string caps = Run({"/usr/sbin/getcap", file}).out;
      REQUIRE(caps.find("cap_net_raw") != std::string::npos);
      REQUIRE(guard.Call("snapshot", {file}).status == 0);
      damage(file);
      REQUIRE(Diff(before, List({file})) != "");
      REQUIRE(guard.Call("restore", {file}).err == "");
      CHECK(Diff(before, List({file})) == "");
      CHECK(Run({"/usr/sbin/getcap", file}).out == caps);
      CHECK(guard.Call("verify", {file}).status == 0);
    }
  }
}

TEST_CASE("files: a folder's default ACL comes back, and nothing inherits from it that was without") {
  const GuardCase guard;
  fs::create_directories(guard / "tree/plain");
  WriteAll(guard / "tree/file", "made before the folder had an ACL");
  WriteAll(guard / "tree/plain/file", "x");
  fs::create_symlink("file", guard / "tree/link");
  if (Run({"/usr/bin/setfacl", "-d", "-m", "u:65534:rwx,g:7:r", guard / "tree"}).status != 0) {
    MESSAGE("no setfacl (package acl), or no ACLs on this file system: nothing is shown");
    return;
  }
  WriteAll(guard / "tree/heir", "made after");
  fs::create_directory(guard / "tree/heirs");
  const Listing before = List({guard / "tree"});
  REQUIRE(before.at(guard / "tree").facts.find("system.posix_acl_default") != std::string::npos);
  REQUIRE(before.at(guard / "tree/heir").facts.find("system.posix_acl_access") != std::string::npos);
  REQUIRE(before.at(guard / "tree/file").facts.find("posix_acl") == std::string::npos);
  for (const auto& damage : std::vector<std::function<void()>>{
           [&] {
             Run({"/usr/bin/setfacl", "-R", "-b", guard / "tree"});
           },
           [&] {
             Run({"/usr/bin/setfacl", "-d", "-m", "u:1:rwx", guard / "tree/plain"});
           },
           // All of it is made anew in a folder that has the default ACL already.
           [&] {
             for (const char* name : {"file", "heir", "link"}) fs::remove(guard / "tree/" + name);
             for (const char* name : {"plain", "heirs"}) fs::remove_all(guard / "tree/" + name);
           },
           [&] { fs::remove_all(guard / "tree"); }}) {
    const GuardCase state;  // only its state folder
    REQUIRE(state.Call("snapshot", {guard / "tree"}).status == 0);
    damage();
    CHECK(state.Call("verify", {guard / "tree"}).status == 1);
    REQUIRE(state.Call("restore", {guard / "tree"}).err == "");
    CHECK(Diff(before, List({guard / "tree"})) == "");
    CHECK(state.Call("verify", {guard / "tree"}).status == 0);
  }
}

TEST_CASE("files: names of any bytes and of the greatest length are kept and put back") {
  const GuardCase guard;
  std::string deep = guard / "tree";
  fs::create_directory(deep);
  const std::vector<std::string> names = {"latin1-\xe4\xf6\xfc",
                                          "\xff\xfe",
                                          "new\nline",
                                          "tab\tand \"quotes\"",
                                          "%41",
                                          "\x01",
                                          " ",
                                          "-rf",
                                          ".kedge-x-1",
                                          std::string(255, 'n'),
                                          std::string(255, '\xe4')};
  for (const std::string& name : names) {
    WriteAll(guard / "tree/" + name, name);
    fs::create_symlink(name, guard / "tree/" + name.substr(0, 250) + "->");
  }
  // As deep as a path can be: 4,095 bytes.
  while (deep.size() + 256 < 4095) {
    deep += "/" + std::string(255, 'd');
    fs::create_directory(deep);
  }
  const std::string last = deep + "/" + std::string(4094 - deep.size(), 'f');
  REQUIRE(last.size() == 4095);
  WriteAll(last, "deep");
  REQUIRE(fs::exists(last));
  const Listing before = List({guard / "tree"});
  REQUIRE(before.size() == 2 * names.size() + (deep.size() - guard.place().size()) / 256 + 2);
  const std::vector<std::string> items = {guard / "tree", last};
  CHECK(guard.Call("check", items).status == 0);
  REQUIRE(guard.Call("snapshot", items).err == "");
  for (const std::string& name : names) {
    fs::remove(guard / "tree/" + name);
    WriteAll(guard / "tree/" + name + "2", "added where it fits");
  }
  WriteAll(last, "changed");
  const Finished seen = guard.Call("verify", items);
  CHECK(seen.status == 1);
  CHECK(seen.out.find(last + ": content is 7 bytes, was 4 bytes\n") != std::string::npos);
  CHECK(seen.out.find("new\\x0aline: is absent, was a file\n") != std::string::npos);
  const Finished restored = guard.Call("restore", items);
  CHECK(restored.err == "");
  CHECK(restored.status == 0);
  CHECK(Diff(before, List({guard / "tree"})) == "");
  CHECK(guard.Call("verify", items).status == 0);
}

TEST_CASE("files: what the file system nests deeper than a path can name is refused with the reason") {
  const GuardCase guard;
  fs::create_directory(guard / "tree");
  const std::string name(250, 'd');
  int current = open((guard / "tree").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (int depth = 0; depth < 20; ++depth) {
    REQUIRE(mkdirat(current, name.c_str(), 0700) == 0);
    const int next = openat(current, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    close(current);
    current = next;
  }
  close(current);
  for (const char* verb : {"check", "snapshot"}) {
    const Finished finished = guard.Call(verb, {guard / "tree"});
    CHECK(finished.status == 1);
    CHECK(finished.err.find("/tree is nested too deep to be guarded") != std::string::npos);
  }
}

}  // namespace kedge::testing
