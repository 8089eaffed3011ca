// What the guard `packages` decides without apt and dpkg: names, dpkg's status file, what has to be done.
#include <doctest/doctest.h>

#include "guards/packages/difference.h"
#include "guards/packages/items.h"
#include "guards/packages/record.h"
#include "handlers/handler_case.h"

namespace kedge::packages {
namespace {

std::string Paragraph(const std::string& name, const std::string& status, const std::string& version,
                      const std::string& arch = "amd64") {
  return "Package: " + name + "\nStatus: " + status + "\nArchitecture: " + arch + "\nVersion: " + version +
         "\n";
}

Database Of(const std::vector<std::string>& paragraphs) {
  std::string text;
  for (const std::string& paragraph : paragraphs) text += paragraph + "\n";
  return ParseStatus(text);
}

TEST_CASE("packages: items are split at white space and taken apart") {
  const auto items = ParseItems({" tree  jq", "libc6:i386=2.36-9+deb12u4~x", "g++", "0ad"});
  REQUIRE(items);
  REQUIRE(items->size() == 5);
  CHECK((*items)[1].name == "jq");
  CHECK((*items)[2].name == "libc6");
  CHECK((*items)[2].arch == "i386");
  CHECK((*items)[2].version == "2.36-9+deb12u4~x");
  CHECK((*items)[2].Package() == "libc6:i386");
  CHECK((*items)[2].Written() == "libc6:i386=2.36-9+deb12u4~x");
  CHECK((*items)[3].Written() == "g++");
}

TEST_CASE("packages: what is no name of a package is refused, by name") {
  for (const std::string bad :
       {"-y", "a", "A1", "tree;", "tree/sid", "tree*", "tree=", "tree:", "tree:=1", "tree:-a", "tree=-1",
        "tree=1_2", "tree=1=2", "../x", "^tree", "tr ee-\n-x"}) {
    CAPTURE(bad);
    const auto items = ParseItems({"jq", bad});
    REQUIRE(!items);
    CHECK(items.error().kind == ErrorKind::kInvalid);
    CHECK(items.error().message.find("is not the name of a package") != std::string::npos);
  }
  CHECK(!ParseItems({}));
  CHECK(!ParseItems({" \t"}));
}

TEST_CASE("packages: a paragraph of dpkg's status file is read as dpkg means it") {
  const Database database = ParseStatus(
      Paragraph("a1", "hold ok installed", "1:2.0") +
      "Essential: yes\nConffiles:\n /etc/a b 0123\n /etc/old 4567 obsolete\n /etc/x 89 remove-on-upgrade\n"
      "Description: text\n /etc/none 01\n\n" +
      Paragraph("a1", "install ok config-files", "1", "i386") + "\n\n" +
      Paragraph("gone", "purge ok not-installed", "") + "\n" +
      Paragraph("half", "install reinstreq half-installed", "3"));
  REQUIRE(database.size() == 3);
  const Package& package = database.at("a1:amd64");
  CHECK(package.want == "hold");
  CHECK(package.version == "1:2.0");
  CHECK(package.is_essential);
  CHECK(package.conffiles == std::vector<std::string>{"/etc/a b", "/etc/old", "/etc/x"});
  CHECK(package.IsInstalled());
  CHECK(database.at("a1:i386").IsConfigOnly());
  CHECK(!database.at("half:amd64").IsInstalled());
  // What is written is read as the same.
  const Database again = ParseStatus(FormatStatus(database));
  CHECK(FormatStatus(again) == FormatStatus(database));
  CHECK(again.at("a1:amd64").paragraph == package.paragraph);
}

TEST_CASE("packages: dpkg's order of packages is kept") {
  const std::string text = Paragraph("dbus", "install ok installed", "1", "all") + "\n" +
                           Paragraph("dbus-bin", "install ok installed", "1", "amd64") + "\n";
  CHECK(FormatStatus(ParseStatus(text)) == text);
}

TEST_CASE("packages: what has to be done to go back, state by state") {
  struct Row {
    const char* was;  // "" is absent
    const char* was_version;
    const char* is;
    const char* is_version;
    const char* what;
  };
  const Row rows[] = {
      {"", "", "install ok installed", "1", "purge"},
      {"", "", "install reinstreq half-installed", "1", "purge"},
      {"", "", "deinstall ok config-files", "1", "purge"},
      {"install ok installed", "1", "", "", "install"},
      {"install ok installed", "1", "deinstall ok config-files", "1", "install"},
      {"install ok installed", "1", "install ok installed", "2", "install"},
      {"install ok installed", "1", "install reinstreq half-installed", "1", "install"},
      {"install ok installed", "1", "install reinstreq installed", "1", "install"},
      {"install ok installed", "1", "install ok unpacked", "2", "install"},
      {"install ok installed", "1", "install ok unpacked", "1", "configure"},
      {"install ok installed", "1", "install ok half-configured", "1", "configure"},
      {"install ok installed", "1", "install ok triggers-pending", "1", "configure"},
      {"install ok installed", "1", "hold ok installed", "1", ""},  // a wish, mended in the database itself
      {"deinstall ok config-files", "1", "install ok installed", "2", "purge"},
      {"deinstall ok config-files", "1", "deinstall ok config-files", "2", "purge"},
      {"deinstall ok config-files", "1", "", "", ""},
      {"install ok half-configured", "1", "install ok installed", "1", ""},  // was in no state to put back
  };
  for (const Row& row : rows) {
    CAPTURE(row.was);
    CAPTURE(row.is);
    CAPTURE(row.is_version);
    const Database then = *row.was == '\0' ? Database() : Of({Paragraph("px", row.was, row.was_version)});
    const Database now = *row.is == '\0' ? Database() : Of({Paragraph("px", row.is, row.is_version)});
    const Difference difference = Compare(then, now);
    const std::string what = difference.to_purge.contains("px:amd64")       ? "purge"
                             : difference.to_install.contains("px:amd64")   ? "install"
                             : difference.to_configure.contains("px:amd64") ? "configure"
                                                                            : "";
    CHECK(what == row.what);
    CHECK(difference.Count() == (what.empty() ? 0 : 1));
    CHECK(Compare(then, then).Count() == 0);
  }
}

TEST_CASE("packages: the database is mended only where version and state are right") {
  const std::string was = Paragraph("px", "hold ok installed", "1") + "Conffiles:\n /etc/x 1\n";
  const Database then = Of({was, Paragraph("rest", "deinstall ok config-files", "1")});
  const Database right = Of({Paragraph("px", "install ok installed", "1")});
  const Database mended = Mended(then, right);
  CHECK(mended.at("px:amd64").paragraph == was);
  CHECK(mended.at("rest:amd64").IsConfigOnly());  // it was purged; its files come back beside
  const Database wrong =
      Of({Paragraph("px", "install ok installed", "2"), Paragraph("rest", "install ok installed", "1")});
  CHECK(FormatStatus(Mended(then, wrong)) == FormatStatus(wrong));
}

TEST_CASE("packages: a record is read as it was written, and a damaged one not at all") {
  Record record;
  record.items = {"a1=1.0"};
  record.status = Paragraph("a1", "install ok installed", "1.0") + "Maintainer: J\xc3\xb6rg 100% \xff\n\n";
  record.automatic = {"a1:amd64"};
  record.touched = {"a1:amd64"};
  record.archives = {{"a1:amd64", "1.0", "a1_1.0_amd64.deb", "sha256:00"}};
  record.lacking = {"why"};
  record.guarded = {"/etc/\xff", "/etc/%41"};
  record.data = {"/var/lib/a1"};
  record.listed = {"/etc/x\ny"};
  record.absent = {"/usr/a"};
  record.replaced = {"/usr/b"};
  record.units = {{"a.service", "active"}};
  record.deviations = {{"a1:amd64", {"??5?????? c /etc/x"}}};
  const std::string text = Encode(record);
  const auto read = Decode(text);
  REQUIRE(read);
  CHECK(Encode(*read) == text);
  CHECK(read->status == record.status);
  CHECK(read->guarded == record.guarded);
  CHECK(read->listed == record.listed);
  CHECK(read->archives.front().file == "a1_1.0_amd64.deb");
  for (size_t at = 0; at < text.size(); at += 7) {
    CAPTURE(at);
    std::string damaged = text;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    CHECK(!Decode(damaged));
    CHECK(!Decode(text.substr(0, at)));
  }
}

// What the handlers refuse before they ask anything of the system.
TEST_CASE("packages handlers: an argument that is no package is refused by every verb") {
  for (const char* name :
       {"install-packages", "remove-packages", "verify-packages-installed", "verify-packages-removed"}) {
    const testing::HandlerCase handler(name);
    for (const std::string bad : {"-oDpkg::Pre-Invoke::=id", "tree -y", "tree;id", "$(id)", "../tree",
                                  "tree*", "${aws:iot:parameter:packages}", "", " "}) {
      for (const char* verb : {"check", "run", "rollback", "verify"}) {
        CAPTURE(name);
        CAPTURE(bad);
        CAPTURE(verb);
        const testing::Finished finished = handler.Call(verb, {bad}, "done");
        CHECK(finished.status == 2);
        CHECK(finished.err.find("package") != std::string::npos);
        CHECK(finished.out == "");
      }
    }
  }
}

TEST_CASE("packages handlers: a version is no option and no word of its own, and none where one is removed") {
  for (const char* name : {"install-packages", "verify-packages-installed", "verify-packages-removed"}) {
    const testing::HandlerCase handler(name);
    for (const std::string bad : {"tree=", "tree=-y", "tree=1/2", "tree=1;id", "tree=1=2", "tree=$(id)"}) {
      CAPTURE(name);
      CAPTURE(bad);
      CHECK(handler.Call("run", {bad}).status == 2);
    }
  }
  const testing::HandlerCase handler("remove-packages");
  for (const char* verb : {"check", "run"}) {
    const testing::Finished finished = handler.Call(verb, {"tree=1.0"});
    CHECK(finished.status == 2);
    CHECK(finished.err == "remove-packages: a version makes no sense where a package is removed\n");
  }
}

TEST_CASE(
    "update-kedge: an argument that is neither package, file nor time is refused before anything is done") {
  const testing::HandlerCase handler("update-kedge");
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {""},
      {"within=20"},
      {"-oDpkg::Pre-Invoke::=id"},
      {"kedge --admindir=/x"},
      {"kedge*"},
      {"kedge;id"},
      {"Kedge"},
      {"./kedge.deb"},
      {"/srv/kedge.rpm"},
      {"/srv/$(id).deb"},
      {"kedge", "within=-1"},
      {"kedge", "within="},
      {"kedge", "within=99999"},
  };
  for (const auto& args : wrong) {
    for (const char* verb : {"check", "run"}) {
      const testing::Finished finished = handler.Call(verb, args);
      CAPTURE(finished.err);
      CHECK(finished.status == 2);
      CHECK(finished.err.starts_with("update-kedge: "));
    }
    CHECK_FALSE(std::filesystem::exists(handler.state() + "/stage"));
  }
}

}  // namespace
}  // namespace kedge::packages
