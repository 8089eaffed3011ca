// download-file: size, sum, mode and owner; going on after a break; coming again later; what a server may do
// to it.
#include <doctest/doctest.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <regex>

#include "handlers/download_case.h"
#include "handlers/http_server.h"

namespace kedge::testing {
namespace {

namespace fs = std::filesystem;

// 300 kB in which no two places look the same.
std::string Numbers() {
  std::string text;
  for (int i = 0; text.size() < 300000; ++i) text += std::to_string(i) + "\n";
  return text;
}
const std::string kNumbers = Numbers();
const std::string kEtag = "\"v1\"";

std::string SumOf(const std::string& content) {
  const TemporaryFolder folder;
  WriteAll(folder / "x", content);
  return Run({"/usr/bin/sha256sum", folder / "x"}).out.substr(0, 64);
}

void CheckUndone(const DownloadCase& handler, const Listing& before) {
  CHECK(handler.Call("rollback", {}).status == 0);
  CHECK(Diff(before, handler.Inside()) == "");
  CHECK(handler.Call("verify", {}, "undone").status == 0);
}

std::vector<std::string> RangesOf(HttpServer& server) {
  std::vector<std::string> ranges;
  for (const std::string& request : server.Requests()) ranges.push_back(HeaderOf(request, "Range"));
  return ranges;
}

}  // namespace

TEST_CASE("download-file: size and sum are checked before the file appears") {
  HttpServer server;
  server.Answer("/x", Reply("200 OK", kNumbers, kNumbers.size()));
  const std::string size = "size=" + std::to_string(kNumbers.size());
  const std::string sum = "sha256=" + SumOf(kNumbers);
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{size, "sha256=" + SumOf("other")}, "expected is"},
      {{"size=1"}, "it is longer than the 1 bytes expected"},
      {{"size=0"}, "bytes, expected are 0"},
      {{"size=" + std::to_string(kNumbers.size() + 1), sum}, "expected are"},
      {{"size=999999999999999"}, "there is room for"},
  };
  for (const auto& [options, reason] : cases) {
    const DownloadCase handler;
    WriteAll(handler / "x", "old");
    const Listing before = handler.Inside();
    std::vector<std::string> args = {server.Url("/x"), handler / "x"};
    args.insert(args.end(), options.begin(), options.end());
    const Finished finished = handler.Call("run", args);
    CHECK(finished.status == 1);
    CAPTURE(finished.err);
    CHECK(finished.err.find(reason) != std::string::npos);
    CHECK(Diff(before, handler.Inside()) == "");
    CheckUndone(handler, before);
  }
  const DownloadCase handler;
  std::string upper = SumOf(kNumbers);
  std::transform(upper.begin(), upper.end(), upper.begin(), ::toupper);
  CHECK(handler.Call("run", {server.Url("/x"), handler / "x", "sha256=" + upper, size}).status == 0);
  CHECK(ReadAll(handler / "x") == kNumbers);
}

TEST_CASE(
    "download-file: what is there already is not fetched again, and mode and owner are set all the same") {
  HttpServer server;
  const DownloadCase handler;
  WriteAll(handler / "x", kNumbers);
  chmod((handler / "x").c_str(), 0600);
  const Listing before = handler.Inside();
  const std::string sum = "sha256=" + SumOf(kNumbers);
  std::vector<std::string> args = {server.Url("/x"), handler / "x", sum};
  CHECK(handler.Call("run", args).out == (handler / "x") + " is there already\n");
  CHECK(handler.Call("verify", args, "done").status == 0);
  CheckUndone(handler, before);

  args.emplace_back("mode=4750");
  if (geteuid() == 0) args.emplace_back("owner=nobody:mail");
  const Finished wrong = handler.Call("verify", args, "done");
  CHECK(wrong.status == 1);
  CHECK(wrong.out.starts_with((handler / "x") + ": mode is 600, was set to 4750\n"));
  CHECK(handler.Call("run", args).status == 0);
  CHECK(server.Requests().empty());
  CHECK(handler.Inside().at(handler / "x").facts.starts_with("104750 "));
  CHECK(handler.Call("verify", args, "done").status == 0);
  CheckUndone(handler, before);
}

TEST_CASE("download-file: a new owner and mode, and users that do not exist") {
  if (geteuid() != 0) {
    MESSAGE("skipped: only root gives files away");
    return;
  }
  HttpServer server;
  server.Answer("/x", Reply("200 OK", "x", 1));
  const DownloadCase handler;
  const std::vector<std::string> args = {server.Url("/x"), handler / "x", "owner=nobody", "mode=0400"};
  REQUIRE(handler.Call("run", args).status == 0);
  struct stat facts {};
  REQUIRE(stat((handler / "x").c_str(), &facts) == 0);
  CHECK(facts.st_uid == 65534);
  CHECK(facts.st_gid == 0);
  CHECK((facts.st_mode & 07777) == 0400);
  REQUIRE(chown((handler / "x").c_str(), 1, 1) == 0);
  CHECK(handler.Call("verify", args, "done").out == (handler / "x") + ": owner is 1, was set to 65534\n");
  const DownloadCase other;
  CHECK(other.Call("run", {server.Url("/x"), other / "x", "owner=no.such.user"}).err ==
        "download-file: there is no user no.such.user\n");
  CHECK(other.Call("run", {server.Url("/x"), other / "x", "owner=root:nothere"}).err ==
        "download-file: there is no group nothere\n");
  CHECK(other.Inside().empty());
}

TEST_CASE("download-file: a cut transfer goes on where it ended, with growing pauses") {
  HttpServer server;
  server.AnswerInTurn("/x", {Ranges(kNumbers, kEtag, 200000), Ranges(kNumbers, kEtag, 100000),
                             Ranges(kNumbers, kEtag, 50000), Ranges(kNumbers, kEtag)});
  const DownloadCase handler;
  REQUIRE(handler.Call("run", {server.Url("/x"), handler / "x"}).status == 0);
  CHECK(ReadAll(handler / "x") == kNumbers);
  const size_t size = kNumbers.size();
  CHECK(RangesOf(server) == std::vector<std::string>{"", "bytes=" + std::to_string(size - 200000) + "-",
                                                     "bytes=" + std::to_string(size - 100000) + "-",
                                                     "bytes=" + std::to_string(size - 50000) + "-"});
  CHECK(handler.Pauses() == "2 4 8 ");
  CHECK(handler.Inside().size() == 1);
}

TEST_CASE("download-file: where a server cannot go on, or has another content by now, it begins anew") {
  const std::string other = "other " + kNumbers;
  // What the second request gets; none of them may leave a mixture.
  const std::vector<HttpServer::Answerer> seconds = {
      Ranges(other, "\"v2\""), [&](const std::string&) { return Reply("200 OK", other, other.size()); },
      [](const std::string&) { return Reply("416 Range Not Satisfiable", "", 0); },
      // A server that looks at Range only.
      [&](const std::string&) {
        const std::string rest = other.substr(200000);
        return Reply("206 Partial Content", rest, rest.size(),
                     "ETag: \"v2\"\r\nContent-Range: bytes 200000-" + std::to_string(other.size() - 1) + "/" +
                         std::to_string(other.size()) + "\r\n");
      },
      // Another range than the one that was asked for.
      [&](const std::string&) {
        return Reply("206 Partial Content", other, other.size(),
                     "ETag: \"v1\"\r\nContent-Range: bytes 0-" + std::to_string(other.size() - 1) + "/" +
                         std::to_string(other.size()) + "\r\n");
      }};
  for (size_t i = 0; i < seconds.size(); ++i) {
    CAPTURE(i);
    HttpServer server;
    server.AnswerInTurn("/x", {Ranges(kNumbers, kEtag, kNumbers.size() - 200000), seconds[i],
                               [&](const std::string&) { return Reply("200 OK", other, other.size()); }});
    const DownloadCase handler;
    const Finished finished = handler.Call("run", {server.Url("/x"), handler / "x"});
    CAPTURE(finished.err);
    REQUIRE(finished.status == 0);
    CHECK((ReadAll(handler / "x") == other));
    const std::vector<std::string> ranges = RangesOf(server);
    REQUIRE(ranges.size() == 3);
    CHECK(ranges[1] == "bytes=200000-");
    CHECK(ranges[2] == "");
  }
}

TEST_CASE("download-file: without a strong ETag or date it begins anew") {
  const std::vector<std::pair<std::string, std::string>> heads = {
      {"", ""},
      {"ETag: W/\"v1\"\r\n", ""},
      {"ETag: W/\"v1\"\r\nLast-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\nDate: Tue, 02 Jan 2024 00:00:00 "
       "GMT\r\n",
       ""},
      {"Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\nDate: Mon, 01 Jan 2024 00:00:30 GMT\r\n", ""},
      {"Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\nDate: Tue, 02 Jan 2024 00:00:00 GMT\r\n",
       "Mon, 01 Jan 2024 00:00:00 GMT"},
      {"etag: \"low\"\r\n", "\"low\""}};
  for (const auto& [head, validator] : heads) {
    CAPTURE(head);
    HttpServer server;
    server.AnswerInTurn("/x",
                        {[head = head](const std::string&) {
                           return Reply("200 OK", kNumbers.substr(0, 1000), kNumbers.size(), head);
                         },
                         [](const std::string&) { return Reply("200 OK", kNumbers, kNumbers.size()); }});
    const DownloadCase handler;
    REQUIRE(handler.Call("run", {server.Url("/x"), handler / "x"}).status == 0);
    CHECK((ReadAll(handler / "x") == kNumbers));
    const std::vector<std::string> requests = server.Requests();
    REQUIRE(requests.size() >= 2);
    CHECK(HeaderOf(requests[1], "If-Range") == validator);
  }
}

TEST_CASE(
    "download-file: a beginning that does not belong to the rest is found by the sum, and it begins anew") {
  const std::string wrong = std::string(200000, '?') + kNumbers.substr(200000);
  HttpServer server;
  server.AnswerInTurn("/x", {Ranges(wrong, kEtag, 50000), Ranges(kNumbers, kEtag), Ranges(kNumbers, kEtag)});
  const DownloadCase handler;
  REQUIRE(handler.Call("run", {server.Url("/x"), handler / "x", "sha256=" + SumOf(kNumbers)}).status == 0);
  CHECK((ReadAll(handler / "x") == kNumbers));
  CHECK(server.Requests().size() == 3);
}

TEST_CASE("download-file: later, the next call goes on with what has come, with a fresh URL too") {
  HttpServer server;
  const auto busy = [](const std::string&) { return Reply("503 Busy", "", 0, "Retry-After: 7\r\n"); };
  server.AnswerInTurn("/x",
                      {Ranges(kNumbers, kEtag, 100000), busy, busy, busy, busy, Ranges(kNumbers, kEtag)});
  const DownloadCase handler;
  WriteAll(handler / "x", "old");
  const Listing before = handler.Inside();
  const Finished later = handler.Call("run", {server.Url("/x?token=first"), handler / "x"});
  CHECK(later.status == 75);
  CHECK(later.err ==
        "download-file: cannot fetch " + server.Url("/x") + ": HTTP status 503; tried 5 times\n");
  CHECK(handler.Pauses() == "2 7 8 16 ");
  CHECK(ReadAll(handler / "x") == "old");
  for (const bool is_undone : {false, true}) {
    if (is_undone) {
      CheckUndone(handler, before);
    } else {
      REQUIRE(handler.Call("run", {server.Url("/x?token=second"), handler / "x"}).status == 0);
      CHECK((ReadAll(handler / "x") == kNumbers));
      CHECK(RangesOf(server).back() == "bytes=" + std::to_string(kNumbers.size() - 100000) + "-");
      CHECK(handler.Inside().size() == 1);
      CHECK(handler.Call("verify", {server.Url("/x"), handler / "x"}, "done").status == 0);
    }
  }
}

TEST_CASE("download-file: an expired URL asks for a fresh one once") {
  const auto expired = [](const std::string&) { return Reply("403 Forbidden", "<Error/>", 8); };
  const auto ended = [](const std::string&) { return Reply("400 Bad Request", "<Error/>", 8); };
  for (const bool fresh_works : {true, false}) {
    HttpServer server;
    if (fresh_works)
      server.AnswerInTurn("/x", {ended, Ranges(kNumbers, kEtag)});
    else
      server.AnswerInTurn("/x", {expired});
    const DownloadCase handler;
    const Finished first = handler.Call("run", {server.Url("/x?X-Amz-Signature=secret1"), handler / "x"});
    CHECK(first.status == 75);
    CHECK(first.err == "download-file: cannot fetch " + server.Url("/x") + ": HTTP status " +
                           (fresh_works ? "400" : "403") +
                           " (a presigned URL may have expired); a fresh one is needed\n");
    CHECK(handler.Pauses() == "");
    const Finished second = handler.Call("run", {server.Url("/x?X-Amz-Signature=secret2"), handler / "x"});
    CHECK(second.status == (fresh_works ? 0 : 1));
    if (fresh_works)
      CHECK((ReadAll(handler / "x") == kNumbers));
    else
      CHECK(second.err.ends_with(": HTTP status 403 (a presigned URL may have expired), again\n"));
    CHECK((first.out + second.out + second.err).find("secret") == std::string::npos);
    if (!fresh_works) CHECK(handler.Inside().empty());
  }
  HttpServer server;
  server.Answer("/x", ended(""));
  const DownloadCase handler;  // no query: nothing that could have expired
  CHECK(handler.Call("run", {server.Url("/x"), handler / "x"}).status == 1);
}

TEST_CASE("download-file: a server that stalls is left, and percentage and rate are told meanwhile") {
  HttpServer server;
  server.AnswerAndStall("/stall", Reply("200 OK", kNumbers.substr(0, 150000), 300000));
  server.AnswerInTurn("/x", {[](const std::string&) { return Redirect("/stall"); }, Ranges(kNumbers, kEtag)});
  const DownloadCase handler;
  const Finished finished = handler.Call("run", {server.Url("/x"), handler / "x"});
  CHECK(finished.status == 0);
  CAPTURE(finished.out);
  const std::regex half("progress=(4[0-9]|50)\nstep=1[0-9]+ kB of 300 kB, [0-9]+ kB/s\n");
  CHECK(std::regex_search(finished.out, half));
  CHECK(finished.out.find("step=waiting 2 s after: Operation too slow") != std::string::npos);
  CHECK(ReadAll(handler / "x") == kNumbers);
}

TEST_CASE("download-file: a length that is less than there is does not get half a file to its place") {
  HttpServer server;
  server.Answer("/x", Reply("200 OK", kNumbers, kNumbers.size() - 1));
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"size=" + std::to_string(kNumbers.size()), "bytes, expected are " + std::to_string(kNumbers.size())},
      {"sha256=" + SumOf(kNumbers), "has the sum"},
  };
  for (const auto& [option, reason] : cases) {
    CAPTURE(option);
    const DownloadCase handler;
    WriteAll(handler / "x", "old");
    const Listing before = handler.Inside();
    const Finished finished = handler.Call("run", {server.Url("/x"), handler / "x", option});
    CHECK(finished.status == 1);
    CAPTURE(finished.err);
    CHECK(finished.err.find(reason) != std::string::npos);
    CHECK(Diff(before, handler.Inside()) == "");
    CheckUndone(handler, before);
  }
}

TEST_CASE("download-file: more than announced or expected never reaches the disk") {
  HttpServer server;
  const std::string endless = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + std::string(8 << 20, 'e');
  server.Answer("/endless", endless);
  const DownloadCase handler;
  const Listing before = handler.Inside();
  const std::vector<std::string> args = {server.Url("/endless"), handler / "x", "size=100000"};
  const Finished finished = handler.Call("run", args);
  CHECK(finished.status == 1);
  CHECK(finished.err.find("it is longer than the 100000 bytes expected") != std::string::npos);
  CHECK(Diff(before, handler.Inside()) == "");
}

TEST_CASE("download-file: a disk that is too small, by what is announced and by what is sent") {
  const TemporaryFolder memory(Where::kMemory);
  const std::string small = memory.path();
  struct statfs facts {};
  if (statfs(small.c_str(), &facts) != 0 || facts.f_type != TMPFS_MAGIC ||
      mount("none", small.c_str(), nullptr, MS_REMOUNT, "size=4m") != 0) {
    MESSAGE("skipped: no file system can be mounted here");
    return;
  }
  const DownloadCase handler;
  HttpServer server;
  const std::string body(8 << 20, 'e');
  server.Answer("/announced", Reply("200 OK", body, body.size()));
  server.Answer("/silent", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body);
  for (const std::string path : {"/announced", "/silent"}) {
    const Finished finished = handler.Call("run", {server.Url(path), small + "/x"});
    CHECK(finished.status == 1);
    CHECK(finished.err.find("there is no room for it, with 3.1 MB to be had at " + small) !=
          std::string::npos);
    CHECK(fs::is_empty(small));
    CHECK(handler.Call("rollback", {}).status == 0);
  }
  // Somebody else takes the room meanwhile.
  const DownloadCase other;
  const std::string take = "head -c 1900000 /dev/zero >" + small;
  other.AddProgram("curl", "#!/bin/sh\n" + take + "/1\n" + take + "/2\nexec /usr/bin/curl \"$@\"\n");
  server.Answer("/fits", Reply("200 OK", body.substr(0, 2 << 20), 2 << 20));
  const Finished finished = other.Call("run", {server.Url("/fits"), small + "/x"});
  CHECK(finished.status == 1);
  CHECK(finished.err.find("the disk is full at " + small + "/x") != std::string::npos);
  CHECK_FALSE(fs::exists(small + "/x"));
}

TEST_CASE(
    "download-file: https with a certificate that is trusted, one that is not, and no way back to http") {
  const TemporaryFolder folder;
  const Finished made =
      Run({"/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
           "-nodes", "-subj", "/CN=kedge test", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2",
           "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"});
  REQUIRE(made.status == 0);
  HttpServer plain;
  plain.Answer("/x", Reply("200 OK", "in the clear", 12));
  HttpServer server(folder / "certificate.pem", folder / "key.pem");
  server.Answer("/x", Reply("200 OK", kNumbers, kNumbers.size()));
  server.Answer("/down", Redirect(plain.Url("/x")));
  server.Answer("/on", Redirect("/x?secret"));
  DownloadCase handler;
  const Finished untrusted = handler.Call("run", {server.Url("/x"), handler / "x"});
  CHECK(untrusted.status == 1);
  CHECK(untrusted.err.find("certificate") != std::string::npos);
  handler.Set("CURL_CA_BUNDLE", folder / "certificate.pem");
  const Finished down = handler.Call("run", {server.Url("/down"), handler / "x"});
  CHECK(down.status == 1);
  CHECK(down.err.find("it leads to a protocol that is refused: Protocol \"http\"") != std::string::npos);
  CHECK(plain.Requests().empty());
  CHECK(handler.Inside().empty());
  REQUIRE(handler.Call("run", {server.Url("/on"), handler / "x"}).status == 0);
  CHECK((ReadAll(handler / "x") == kNumbers));
}

}  // namespace kedge::testing
