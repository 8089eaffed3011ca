// The handler `download-file` against a web server that also lies, and undone at every stage.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handlers/download_case.h"
#include "handlers/http_server.h"
#include "handlers/random_tree.h"

namespace kedge::testing {
namespace {

namespace fs = std::filesystem;

const std::string kBody(100000, 'b');

// Rolls back twice, for once must be as good as twice, and lets the handler's verify and a listing judge.
void CheckUndone(const DownloadCase& handler, const std::vector<std::string>& args, const Listing& before) {
  for (int i = 0; i < 2; ++i) {
    const Finished finished = handler.Call("rollback", args);
    CHECK(finished.err == "");
    CHECK(finished.status == 0);
    CHECK(Diff(before, handler.Inside()) == "");
    const Finished verified = handler.Call("verify", args, "undone");
    CHECK(verified.out == "");
    CHECK(verified.status == 0);
  }
}

}  // namespace

TEST_CASE("download-file: a new file, whole, and gone again after rollback") {
  HttpServer server;
  server.Answer("/a/file.bin", Reply("200 OK", kBody, kBody.size()));
  const DownloadCase handler;
  const std::vector<std::string> args = {server.Url("/a/file.bin?X-Amz-Signature=secret#part"),
                                         handler / "x"};
  const Listing before = handler.Inside();
  CHECK(handler.Call("check", args).status == 0);
  CHECK(Diff(before, handler.Inside()) == "");
  const Finished finished = handler.Call("run", args);
  CHECK(finished.err == "");
  REQUIRE(finished.status == 0);
  CHECK(finished.out.ends_with("\nfetched " + server.Url("/a/file.bin") + " to " + (handler / "x") + "\n"));
  CHECK(finished.out.find("secret") == std::string::npos);
  CHECK(ReadAll(handler / "x") == kBody);
  const Listing after = handler.Inside();
  CHECK(after.size() == 1);  // nothing but the file
  CHECK(after.at(handler / "x").facts.starts_with("100644 "));

  CHECK(handler.Call("verify", args, "done").status == 0);
  const Finished undone = handler.Call("verify", args, "undone");
  CHECK(undone.status == 1);
  CHECK(undone.out == (handler / "x") + ": is a file, was absent\n");
  CheckUndone(handler, args, before);
  const Finished done = handler.Call("verify", args, "done");
  CHECK(done.status == 1);
  CHECK(done.out == (handler / "x") + ": is absent, was fetched\n");
}

TEST_CASE("download-file: a file that is replaced keeps its mode, owner and attributes, and comes back") {
  HttpServer server;
  server.Answer("/x", Reply("200 OK", kBody, kBody.size()));
  const DownloadCase handler;
  const std::string target = handler / "x";
  WriteAll(target, "old");
  chmod(target.c_str(), 0710);
  SetAcl(target, 1234);
  SetXattr(target, "user.kedge", "kept");
  if (geteuid() == 0) CHECK(lchown(target.c_str(), 65534, 12) == 0);
  SetMtime(target, 1000000000, 7);
  const std::vector<std::string> args = {server.Url("/x"), target};
  const Listing before = handler.Inside();
  REQUIRE(handler.Call("run", args).status == 0);
  CHECK(ReadAll(target) == kBody);
  const auto without_times = [](const std::string& facts) {
    const size_t start = facts.find(' ', facts.find(':'));
    return facts.substr(0, start) + facts.substr(facts.find(" names "));
  };
  CHECK(without_times(handler.Inside().at(target).facts) == without_times(before.at(target).facts));
  CHECK(handler.Call("verify", args, "done").status == 0);
  WriteAll(target, "changed by somebody");
  CHECK(handler.Call("verify", args, "done").out.starts_with(target + ": content is sha256:"));
  CheckUndone(handler, args, before);
}

TEST_CASE("download-file: into a folder, under the last part of the URL's path") {
  HttpServer server;
  server.Answer("/a/b%20c.tgz", Reply("200 OK", kBody, kBody.size()));
  server.Answer("/a/", Reply("200 OK", kBody, kBody.size()));
  const DownloadCase handler;
  fs::create_directory(handler / "folder");
  const Listing before = handler.Inside();
  const std::vector<std::string> args = {server.Url("/a/b%20c.tgz?sig=/evil"), handler / "folder"};
  REQUIRE(handler.Call("run", args).status == 0);
  CHECK(ReadAll(handler / "folder/b%20c.tgz") == kBody);
  CHECK(handler.Call("verify", args, "done").status == 0);
  REQUIRE(handler.Call("rollback", args).status == 0);
  CHECK_FALSE(fs::exists(handler / "folder/b%20c.tgz"));
  for (const std::string path : {"/a/", "", "/a/..", "/?x=/name"}) {
    const DownloadCase other;
    const Finished finished = other.Call("run", {server.Url(path), other.place()});
    CHECK(finished.status == 1);
    CHECK(finished.err.find("the URL names no file") != std::string::npos);
    CHECK(other.Inside().empty());
  }
}

TEST_CASE("download-file: through a link to where it leads, and the link stays") {
  HttpServer server;
  server.Answer("/x", Reply("200 OK", kBody, kBody.size()));
  const DownloadCase handler;
  WriteAll(handler / "real", "old");
  fs::create_symlink("real", handler / "link");
  const Listing before = handler.Inside();
  const std::vector<std::string> args = {server.Url("/x"), handler / "link"};
  REQUIRE(handler.Call("run", args).status == 0);
  CHECK(fs::is_symlink(handler / "link"));
  CHECK(ReadAll(handler / "real") == kBody);
  CheckUndone(handler, args, before);
}

TEST_CASE(
    "download-file: what the server refuses or breaks off is said, without the secret, and leaves nothing") {
  HttpServer server;
  server.Answer("/forbidden", Reply("403 Forbidden", "<Error>expired</Error>", 22));
  server.Answer("/error", Reply("500 Oops", "", 0));
  server.Answer("/cut", Reply("200 OK", kBody, kBody.size() + 1));
  server.Answer("/nothing", "");
  server.Answer("/odd", Reply("304 Not Modified", "", 0));
  server.Answer("/loop", Redirect("/loop"));
  server.Answer("/to-file", Redirect("file:///etc/passwd"));
  // Of curl's own words only what its versions agree on.
  struct Case {
    std::string path;
    std::string reason;
    int status;
  };
  const std::vector<Case> cases = {
      {"/missing", "HTTP status 404", 1},
      {"/odd", "HTTP status 304", 1},
      {"/forbidden", "HTTP status 403 (a presigned URL may have expired); a fresh one is needed", 75},
      {"/error", "HTTP status 500; tried 5 times", 75},
      {"/cut", " with 1 bytes ", 75},
      {"/nothing", "Empty reply from server", 75},
      {"/loop", "redirects", 1},
      {"/to-file", "it leads to a protocol that is refused: Protocol \"file\"", 1},
  };
  for (const auto& [path, reason, status] : cases) {
    for (const bool is_there : {false, true}) {
      CAPTURE(path);
      const DownloadCase handler;
      if (is_there) WriteAll(handler / "x", "old");
      const Listing before = handler.Inside();
      const std::vector<std::string> args = {server.Url(path + "?X-Amz-Signature=secret"), handler / "x"};
      const Finished finished = handler.Call("run", args);
      CHECK(finished.status == status);
      CAPTURE(finished.err);
      CHECK(finished.err.find("cannot fetch " + server.Url(path)) != std::string::npos);
      CHECK(finished.err.find(reason) != std::string::npos);
      CHECK((finished.err + finished.out).find("secret") == std::string::npos);
      CHECK(ReadAll(handler / "x") == (is_there ? "old" : ""));
      if (status == 1) CHECK(Diff(before, handler.Inside()) == "");
      CHECK(handler.Call("verify", args, "done").status == 3);
      CheckUndone(handler, args, before);
    }
  }
}

TEST_CASE("download-file: killed half way, then rolled back, or told to try again") {
  HttpServer server;
  server.AnswerAndStall("/x", Reply("200 OK", kBody.substr(0, 50000), kBody.size()));
  server.Answer("/good", Reply("200 OK", kBody, kBody.size()));
  for (const bool again : {false, true}) {
    const DownloadCase handler;
    WriteAll(handler / "x", "old");
    const Listing before = handler.Inside();
    const std::vector<std::string> args = {server.Url("/x"), handler / "x"};
    {
      Program run(handler.Command("run", args), handler.For("run"));
      REQUIRE(server.WaitUntilStalled());
      run.Kill();
      CHECK(run.Wait().status == -1);
    }
    CHECK(ReadAll(handler / "x") == "old");
    CHECK(handler.Inside().size() > 1);  // its private folder is still there
    if (again) {
      REQUIRE(handler.Call("run", {server.Url("/good"), handler / "x"}).status == 0);
      CHECK(ReadAll(handler / "x") == kBody);
      CHECK(handler.Inside().size() == 1);
    }
    CheckUndone(handler, args, before);
  }
}

TEST_CASE("download-file: killed at any instant, rollback leaves what was there") {
  HttpServer server;
  server.Answer("/x", Reply("200 OK", kBody, kBody.size()));
  const DownloadCase whole;
  int all = 0;
  REQUIRE(RunKilledAt(whole.Command("run", {server.Url("/x"), whole / "x"}), whole.For("run"), -1, &all));
  int unfinished = 0;
  constexpr int kKills = 50;
  for (int i = 0; i < kKills; ++i) {
    const int stop = all * i / kKills;
    CAPTURE(stop);
    const DownloadCase handler;
    if (i % 2 == 0) WriteAll(handler / "x", "old");
    const Listing before = handler.Inside();
    const std::vector<std::string> args = {server.Url("/x"), handler / "x"};
    int taken = 0;  // by the shell
    if (!RunKilledAt(handler.Command("run", args), handler.For("run"), stop, &taken)) ++unfinished;
    const std::string content = ReadAll(handler / "x");
    CHECK((content == kBody || content == (before.empty() ? "" : "old")));
    CheckUndone(handler, args, before);
  }
  MESSAGE("killed before the end: " << unfinished);
  CHECK(unfinished >= kKills * 9 / 10);
}

TEST_CASE("download-file: rollback and verify of a run that never started") {
  const DownloadCase handler;
  WriteAll(handler / "x", "old");
  CheckUndone(handler, {"https://example.invalid/x", handler / "x"}, handler.Inside());
}

TEST_CASE("download-file: a file URL") {
  const DownloadCase handler;
  WriteAll(handler / "from", kBody);
  REQUIRE(handler.Call("run", {"file://" + (handler / "from"), handler / "x"}).status == 0);
  CHECK(ReadAll(handler / "x") == kBody);
  WriteAll(handler / "from", "");
  const DownloadCase empty;
  REQUIRE(empty.Call("run", {"file://" + (handler / "from"), empty / "x"}).status == 0);
  CHECK(fs::file_size(empty / "x") == 0);
  const DownloadCase missing;
  const Finished finished = missing.Call("run", {"file://" + (handler / "not here"), missing / "x"});
  CHECK(finished.status == 1);
  CHECK(finished.err.find("cannot fetch file://") != std::string::npos);
}

TEST_CASE(
    "download-file: arguments that are wrong, or look like options, are refused before anything is done") {
  const DownloadCase handler;
  WriteAll(handler / "-o", "");
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{}, "URL and DESTINATION are expected"},
      {{"https://example.invalid/x"}, "URL and DESTINATION are expected"},
      {{"https://example.invalid/x", handler / "x", "--insecure"}, "unknown argument"},
      {{"https://example.invalid/x", handler / "x", "sha1=00"}, "unknown argument"},
      {{"https://example.invalid/x", handler / "x", ""}, "unknown argument"},
      {{"https://example.invalid/x", handler / "x", "size="}, "size= is empty"},
      {{"https://example.invalid/x", handler / "x", "size=1", "size=1"}, "size= is given twice"},
      {{"https://example.invalid/x", handler / "x", "size=-1"}, "size= has to be a number"},
      {{"https://example.invalid/x", handler / "x", "size=010"}, "size= has to be a number"},
      {{"https://example.invalid/x", handler / "x", "size=9999999999999999999"}, "size= has to be a number"},
      {{"https://example.invalid/x", handler / "x", "sha256=abc"}, "sha256= has to be 64"},
      {{"https://example.invalid/x", handler / "x", "sha256=" + std::string(64, 'g')},
       "sha256= has to be 64"},
      {{"https://example.invalid/x", handler / "x", "mode=u+s"}, "mode= has to be like 0644"},
      {{"https://example.invalid/x", handler / "x", "mode=0888"}, "mode= has to be like 0644"},
      {{"https://example.invalid/x", handler / "x", "owner=--reference=/x"}, "owner= has to be USER"},
      {{"https://example.invalid/x", handler / "x", "owner=a:b:c"}, "owner= has to be USER"},
      {{"https://example.invalid/x", handler / "x", "owner=root:"}, "owner= has to be USER"},
      {{"-K/etc/passwd", handler / "x"}, "the URL has to begin with"},
      {{"--url=https://example.invalid/x", handler / "x"}, "the URL has to begin with"},
      {{"ftp://example.invalid/x", handler / "x"}, "the URL has to begin with"},
      {{"file://host/x", handler / "x"}, "the URL has to begin with"},
      {{"", handler / "x"}, "the URL has to begin with"},
      {{"https://example.invalid/x", "-o"}, "has to be an absolute path"},
      {{"https://example.invalid/x", "x"}, "has to be an absolute path"},
      {{"https://example.invalid/x", ""}, "has to be an absolute path"},
      {{"https://example.invalid/x\nurl = y", handler / "x"}, "control characters"},
      {{"https://example.invalid/x", handler / "x\n"}, "control characters"},
  };
  const Listing before = handler.Inside();
  for (const auto& [args, reason] : cases) {
    for (const char* verb : {"check", "run"}) {
      const Finished finished = handler.Call(verb, args);
      CHECK(finished.status == 2);
      CAPTURE(finished.err);
      CHECK(finished.err.find(reason) != std::string::npos);
    }
  }
  CHECK(Diff(before, handler.Inside()) == "");
  CHECK(fs::is_empty(handler.state()));
}

TEST_CASE("download-file: destinations that cannot be, and names that look like options, and .curlrc") {
  HttpServer server;
  server.Answer("/-x", Reply("200 OK", kBody, kBody.size()));
  const DownloadCase handler;
  CHECK(handler.Call("run", {server.Url("/-x"), handler / "no/such/folder"}).err.find("does not exist") !=
        std::string::npos);
  REQUIRE(mkfifo((handler / "fifo").c_str(), 0600) == 0);
  CHECK(handler.Call("run", {server.Url("/-x"), handler / "fifo"}).err.find("is not a plain file") !=
        std::string::npos);
  WriteAll(handler / ".curlrc", "output = \"" + (handler / "stolen") + "\"\n");  // HOME is this folder
  REQUIRE(handler.Call("run", {server.Url("/-x"), handler.place()}).status == 0);
  CHECK(ReadAll(handler / "-x") == kBody);
  CHECK_FALSE(fs::exists(handler / "stolen"));
}

}  // namespace kedge::testing
