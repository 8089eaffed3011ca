#include "process/resolve.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/files.h"
#include "workbench.h"

namespace kedge::process {
namespace {

Command Named(const std::string& handler, const std::string& path = "") {
  return Command{Command::Kind::kHandler, handler, path, {}};
}

TEST_CASE("a file is a handler with only `run`, a folder has the verbs that it has") {
  const Folder folder;
  const HandlerFolders folders{folder.path(), {}};
  folder.Script("echo.sh", "#!/bin/sh\n");
  const auto file = FindHandler(Named("echo.sh", "default"), folders);
  REQUIRE(file);
  CHECK_FALSE(file->is_folder);
  CHECK(file->run == folder / "echo.sh");
  REQUIRE(sys::MakeDirs(folder / "install", 0755));
  folder.Script("install/run", "#!/bin/sh\n");
  folder.Script("install/rollback", "#!/bin/sh\n");
  const auto whole = FindHandler(Named("install"), folders);
  REQUIRE(whole);
  CHECK(whole->is_folder);
  CHECK(whole->folder == folder / "install");
  CHECK(whole->run == folder / "install/run");
  CHECK_FALSE(whole->has_check);
  CHECK(whole->has_rollback);
  CHECK_FALSE(whole->has_verify);
}

TEST_CASE("NAME.sh means the folder NAME where there is no such file, and the file where there is") {
  const Folder folder;
  const HandlerFolders folders{folder.path(), {}};
  REQUIRE(sys::MakeDirs(folder / "reboot", 0755));
  folder.Script("reboot/run", "#!/bin/sh\n");
  CHECK(FindHandler(Named("reboot.sh"), folders).value().folder == folder / "reboot");
  folder.Script("reboot.sh", "#!/bin/sh\n");
  CHECK(FindHandler(Named("reboot.sh"), folders).value().run == folder / "reboot.sh");
}

TEST_CASE("a document's path: an allowed folder or beneath one, anything else is denied") {
  const Folder folder;
  const Folder extra;
  const HandlerFolders folders{folder.path() + "/", {extra.path()}};
  extra.Script("h", "#!/bin/sh\n");
  REQUIRE(sys::MakeDirs(extra / "sub", 0755));
  extra.Script("sub/h", "#!/bin/sh\n");
  CHECK(FindHandler(Named("h", extra.path()), folders).value().run == extra / "h");
  CHECK(FindHandler(Named("h", extra.path() + "/"), folders).value().run == extra / "h");
  CHECK(FindHandler(Named("h", extra / "sub"), folders).value().run == extra / "sub/h");
  CHECK(FindHandler(Named("h"), folders).error().kind == ErrorKind::kNotFound);
  for (const char* path : {"/usr/bin", "relative", ".", "/", "~"}) {
    CAPTURE(path);
    CHECK(FindHandler(Named("true", path), folders).error().kind == ErrorKind::kDenied);
  }
  CHECK(FindHandler(Named("h", extra.path() + "/sub/.."), folders).error().kind == ErrorKind::kDenied);
}

TEST_CASE("names that are no names are denied before anything is looked up") {
  const HandlerFolders folders{"/usr/lib/kedge/handlers", {}};
  for (const std::string name : {"", ".", "..", "a/b", "../x", "a b", "a\nb", "ä", "x;y"}) {
    CAPTURE(name);
    CHECK(FindHandler(Named(name), folders).error().kind == ErrorKind::kDenied);
  }
  CHECK(FindHandler(Named(std::string(65, 'a')), folders).error().kind == ErrorKind::kDenied);
}

TEST_CASE("a refusal names the handler, the path and what is wrong with it") {
  const Folder folder;
  const HandlerFolders folders{folder.path(), {}};
  CHECK(FindHandler(Named("nope"), folders).error().message ==
        "handler 'nope': " + (folder / "nope") + ": No such file or directory");
  folder.Script("loose", "#!/bin/sh\n", 0777);
  const auto loose = FindHandler(Named("loose"), folders);
  CHECK(loose.error().kind == ErrorKind::kDenied);
  CHECK(loose.error().message ==
        "handler 'loose': " + (folder / "loose") + " can be written by others (mode 0777): chmod go-w it");
  REQUIRE(symlink("/bin/true", (folder / "link").c_str()) == 0);
  CHECK(FindHandler(Named("link"), folders).error().kind == ErrorKind::kDenied);
  REQUIRE(sys::MakeDirs(folder / "empty", 0755));
  CHECK(FindHandler(Named("empty"), folders).error().message ==
        "handler 'empty': " + (folder / "empty/run") + ": No such file or directory");
}

TEST_CASE("a rollback that is there but not to be trusted is an error, not a handler without rollback") {
  const Folder folder;
  const HandlerFolders folders{folder.path(), {}};
  REQUIRE(sys::MakeDirs(folder / "h", 0755));
  folder.Script("h/run", "#!/bin/sh\n");
  folder.Script("h/rollback", "#!/bin/sh\n", 0644);
  const auto found = FindHandler(Named("h"), folders);
  REQUIRE_FALSE(found);
  CHECK(found.error().message.find("h/rollback is not executable (mode 0644)") != std::string::npos);
}

TEST_CASE("users: known, unknown, and the agent's own") {
  const auto root = FindUser("root");
  REQUIRE(root);
  CHECK(root->uid == 0);
  CHECK(root->home == "/root");
  const auto nobody = FindUser("no-such-user");
  CHECK(nobody.error().kind == ErrorKind::kNotFound);
  CHECK(nobody.error().message == "user 'no-such-user' does not exist on this device");
  CHECK(FindUser("").value().uid == geteuid());
}

TEST_CASE("programs: by path, by name in order of the search path, never relative to where we are") {
  const Folder folder;
  folder.Script("ls", "#!/bin/sh\n");
  folder.Script("data", "x", 0644);
  CHECK(FindProgram("/bin/sh", "").value() == "/bin/sh");
  CHECK(FindProgram("ls", folder.path() + ":/bin").value() == folder / "ls");
  CHECK(FindProgram("ls", "/nowhere::/bin").value() == "/bin/ls");
  CHECK(FindProgram("data", folder.path()).error().kind == ErrorKind::kNotFound);
  CHECK(FindProgram(folder / "data", "").error().kind == ErrorKind::kDenied);
  CHECK(FindProgram(folder.path(), "").error().kind == ErrorKind::kDenied);
  CHECK(FindProgram("./ls", folder.path()).error().kind == ErrorKind::kInvalid);
  CHECK(FindProgram("", "/bin").error().kind == ErrorKind::kInvalid);
  REQUIRE(chdir(folder.path().c_str()) == 0);
  CHECK(FindProgram("ls", ":.").error().kind == ErrorKind::kNotFound);
  REQUIRE(chdir("/") == 0);
}

}  // namespace
}  // namespace kedge::process
