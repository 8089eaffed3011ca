// set-config's edits, one by one: what changes, what stays, what is refused.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "set-config/edit.h"

namespace kedge::set_config {
namespace {

using Words = std::vector<std::string>;

// The text after the edits, or "refused: " with the reason.
std::string Edited(const std::string& format, const std::string& text, const Words& words) {
  const Result<std::string> edited = Apply(format, text, words);
  if (!edited) return "refused: " + edited.error().message;
  const Result<Words> differences = Differences(format, *edited, words);
  if (differences) CHECK(*differences == Words{});
  return *edited;
}

bool IsRefused(const std::string& format, const std::string& text, const Words& words,
               const std::string& reason) {
  const std::string edited = Edited(format, text, words);
  CAPTURE(edited);
  const bool is_refused = edited.starts_with("refused: ") && edited.find(reason) != std::string::npos;
  CHECK(is_refused);
  return is_refused;
}

const std::string kYaml =
    "# The server\n"
    "server:\n"
    "  port: 80   # the port\n"
    "  hosts:     # who\n"
    "    - a.example\n"
    "    - \"b.example\"\n"
    "  tls: {cert: /etc/cert.pem, key: '/etc/key.pem'}\n"
    "  text: |\n"
    "    line one\n"
    "    line two\n"
    "\n"
    "  empty:\n"
    "plain: some words\n"
    "  that go on\n"
    "# last\n";

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  REQUIRE(text.find(from) != std::string::npos);
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("set-config: YAML values change where they stand, and nothing else does") {
  CHECK(Edited("yaml", kYaml, {"set=server.port=8080"}) == Replaced(kYaml, "80 ", "8080 "));
  CHECK(Edited("yaml", kYaml, {"set=server.port=80"}) == kYaml);
  CHECK(Edited("yaml", kYaml, {"set=server.port=\"80\""}) == Replaced(kYaml, "80 ", "\"80\" "));
  CHECK(Edited("yaml", kYaml, {"set=server.hosts.1=c: d"}) == Replaced(kYaml, "\"b.example\"", "\"c: d\""));
  CHECK(Edited("yaml", kYaml, {"set=server.tls.key=a,b"}) == Replaced(kYaml, "'/etc/key.pem'", "\"a,b\""));
  CHECK(Edited("yaml", kYaml, {"set=server.empty=yes"}) == Replaced(kYaml, "empty:", "empty: yes"));
  CHECK(Edited("yaml", kYaml, {"set=server.empty="}) == Replaced(kYaml, "empty:", "empty: \"\""));
  CHECK(Edited("yaml", kYaml, {"set=plain=x"}) == Replaced(kYaml, "some words\n  that go on", "x"));
  CHECK(Edited("yaml", kYaml, {"set=server.text=x"}) ==
        Replaced(kYaml, "|\n    line one\n    line two", "x"));
  CHECK(Edited("yaml", kYaml, {"set=server.hosts={}"}) ==
        Replaced(kYaml, "hosts:     # who\n    - a.example\n    - \"b.example\"", "hosts: {}     # who"));
  CHECK(Edited("yaml", kYaml, {"set=server.tls=[1,{\"a\":null}]"}) ==
        Replaced(kYaml, "{cert: /etc/cert.pem, key: '/etc/key.pem'}", "[1,{\"a\":null}]"));
}

TEST_CASE("set-config: YAML keys and elements are added in the style of what is around them") {
  CHECK(Edited("yaml", kYaml, {"set=server.new=1"}) == Replaced(kYaml, "  empty:\n", "  empty:\n  new: 1\n"));
  CHECK(Edited("yaml", kYaml, {"set=new.a.b=1"}) ==
        Replaced(kYaml, "that go on\n", "that go on\nnew:\n  a:\n    b: 1\n"));
  CHECK(Edited("yaml", kYaml, {"set=server.hosts.+=c"}) ==
        Replaced(kYaml, "\"b.example\"\n", "\"b.example\"\n    - c\n"));
  CHECK(Edited("yaml", kYaml, {"set=server.hosts.2.name=c"}) ==
        Replaced(kYaml, "\"b.example\"\n", "\"b.example\"\n    - name: c\n"));
  CHECK(Edited("yaml", kYaml, {"set=server.tls.ca=x"}) == Replaced(kYaml, "key.pem'}", "key.pem', ca: x}"));
  CHECK(Edited("yaml", kYaml, {"set=server.empty.list.+=x"}) ==
        Replaced(kYaml, "  empty:\n", "  empty:\n    list:\n      - x\n"));
  CHECK(Edited("yaml", "a:\n- b: 1\n  c: 2\n", {"set=a.0.d=3"}) == "a:\n- b: 1\n  c: 2\n  d: 3\n");
  CHECK(Edited("yaml", "a:\r\n  b: 1\r\n", {"set=a.c=2"}) == "a:\r\n  b: 1\r\n  c: 2\r\n");
  CHECK(Edited("yaml", "a: 1", {"set=b=2"}) == "a: 1\nb: 2");
  CHECK(Edited("yaml", "", {"set=a.b=2"}) == "a:\n  b: 2\n");
  CHECK(Edited("yaml", "# nothing yet\n", {"set=a=2"}) == "# nothing yet\na: 2\n");
  CHECK(Edited("yaml", "---\na: 1\n", {"set=b=2"}) == "---\na: 1\nb: 2\n");
  CHECK(Edited("yaml",
               "\xef\xbb\xbf"
               "a: \xc3\xa4 # \xc3\xb6\nb: 1\n",
               {"set=b=2"}) ==
        "\xef\xbb\xbf"
        "a: \xc3\xa4 # \xc3\xb6\nb: 2\n");
  CHECK(Edited("yaml", "a: 1\n", {"set=\\1\\.5=x", "set=b\\=c=y"}) == "a: 1\n\"1.5\": x\nb=c: y\n");
}

TEST_CASE("set-config: YAML keys and elements go, with their lines") {
  CHECK(Edited("yaml", kYaml, {"delete=server.port"}) == Replaced(kYaml, "  port: 80   # the port\n", ""));
  CHECK(Edited("yaml", kYaml, {"delete=server.hosts.0"}) == Replaced(kYaml, "    - a.example\n", ""));
  CHECK(Edited("yaml", kYaml, {"delete=server.hosts.0", "delete=server.hosts.0"}) ==
        Replaced(kYaml, "hosts:     # who\n    - a.example\n    - \"b.example\"", "hosts: []     # who"));
  CHECK(Edited("yaml", kYaml, {"delete=server.tls.cert"}) == Replaced(kYaml, "cert: /etc/cert.pem, ", ""));
  CHECK(Edited("yaml", kYaml, {"delete=server.tls.key"}) == Replaced(kYaml, ", key: '/etc/key.pem'", ""));
  CHECK(Edited("yaml", kYaml, {"delete=server.text"}) ==
        Replaced(kYaml, "  text: |\n    line one\n    line two\n", ""));
  CHECK(Edited("yaml", kYaml, {"delete=server.nothing", "delete=no.such"}) == kYaml);
  CHECK(Edited("yaml", "- a: 1\n  b: 2\n", {"delete=0.a"}) == "- b: 2\n");
  CHECK(Edited("yaml", "# c\na: 1\n", {"delete=a"}) == "# c\n");
}

TEST_CASE("set-config: YAML that cannot be edited exactly is refused") {
  IsRefused("yaml", kYaml, {"set=plain.x=1"}, "a value, not a mapping");
  IsRefused("yaml", kYaml, {"set=server.hosts.3=1"}, "no element 3");
  IsRefused("yaml", kYaml, {"set=server.hosts.first=1"}, "not the number of an element");
  IsRefused("yaml", "a: &x {b: 1}\nc: *x\n", {"set=a.b=2"}, "the alias *x");
  IsRefused("yaml", "a: &x {b: 1}\nc: *x\n", {"set=c.b=2"}, "the alias *x");
  IsRefused("yaml", "a: 1\na: 2\n", {"set=a=3"}, "twice");
  IsRefused("yaml", "a: 1\n---\nb: 1\n", {"set=a=3"}, "more than one document");
  IsRefused("yaml", "a: [1\n", {"set=a=3"}, "not YAML");
  IsRefused("yaml", "- a: 1\n  # about b\n  b: 2\n", {"delete=0.a"}, "comment");
  IsRefused("yaml", "a: |+\n  x\n\n\n", {"set=b=1"}, "cannot be edited where it stands");
  CHECK(Edited("yaml", "a: &x 1\nb: 2\n", {"set=a=3"}) == "a: 3\nb: 2\n");
  CHECK(Edited("yaml", "c: *x\n", {"set=d=3"}).starts_with("refused: it is not YAML"));
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "[";
  IsRefused("yaml", deep, {"set=0=1"}, "");
  IsRefused("json", deep + std::string(5000, ']'), {"set=0=1"}, "too deep");
}

TEST_CASE("set-config: JSON keeps its layout, and its numbers as they are written") {
  const std::string json = "{\n  \"a\": 1.50,\n  \"b\": [ 1, {\"c\": \"\\u00e4\"} ],\n  \"d\": {}\n}\n";
  CHECK(Edited("json", json, {"set=a=2"}) == Replaced(json, "1.50", "2"));
  CHECK(Edited("json", json, {"set=a=0x2"}) == Replaced(json, "1.50", "\"0x2\""));
  CHECK(Edited("json", json, {"set=a=\"2\"", "set=b.0=null"}) ==
        Replaced(Replaced(json, "1.50", "\"2\""), "[ 1", "[ null"));
  CHECK(Edited("json", json, {"set=b.1.c=\xc3\xa4"}) == json);
  CHECK(Edited("json", json, {"set=e=true"}) == Replaced(json, "{}\n", "{},\n  \"e\": true\n"));
  CHECK(Edited("json", json, {"set=b.+=x"}) == Replaced(json, "\"} ]", "\"}, \"x\" ]"));
  CHECK(Edited("json", json, {"set=d.x.y=1"}) == Replaced(json, "{}", "{\"x\": {\"y\": 1}}"));
  CHECK(Edited("json", json, {"delete=a"}) == Replaced(json, "\"a\": 1.50,\n  ", ""));
  CHECK(Edited("json", json, {"delete=d"}) == Replaced(json, ",\n  \"d\": {}", ""));
  CHECK(Edited("json", json, {"delete=b.0"}) == Replaced(json, "1, ", ""));
  CHECK(Edited("json", "", {"set=a.b=1"}) == "{\n  \"a\": {\"b\": 1}\n}\n");
  CHECK(Edited("json", "null", {"set=a=1"}) == "{\"a\": 1}");
  IsRefused("json", "{\"a\": 1, /* x */ \"b\": 2}", {"set=a=1"}, "not JSON");
  IsRefused("json", "{\"a\": 1, \"a\": 2}", {"set=a=1"}, "twice");
}

TEST_CASE("set-config: INI lines") {
  const std::string ini =
      "; about\nglobal=1\n\n[one]\n# the key\nkey = value\nodd\n\n[two.three]\n  a: b\nc=x ; y\n";
  CHECK(Edited("ini", ini, {"set=one.key=other value"}) == Replaced(ini, "key = value", "key = other value"));
  CHECK(Edited("ini", ini, {"set=global=2"}) == Replaced(ini, "global=1", "global=2"));
  CHECK(Edited("ini", ini, {"set=one.new=1"}) == Replaced(ini, "odd\n", "odd\nnew=1\n"));
  CHECK(Edited("ini", ini, {"set=two\\.three.a=c"}) == Replaced(ini, "a: b", "a: c"));
  CHECK(Edited("ini", ini, {"set=four.x=1"}) == ini + "\n[four]\nx=1\n");
  CHECK(Edited("ini", ini, {"delete=one.key"}) == Replaced(ini, "key = value\n", ""));
  CHECK(Edited("ini", ini, {"set=one.odd=1"}) == Replaced(ini, "odd", "odd=1"));
  CHECK(Edited("ini", ini, {"set=new=1"}) == Replaced(ini, "global=1\n", "global=1\nnew=1\n"));
  CHECK(Edited("ini", "", {"set=a.b="}) == "[a]\nb=\n");
  CHECK(Edited("ini", "[a]\r\nb=1\r\n", {"set=a.c=2"}) == "[a]\r\nb=1\r\nc=2\r\n");
  const Words word = {"set=two\\.three.c=z"};
  IsRefused("ini", ini, word, "inline=comment or inline=value");
  CHECK(Edited("ini", ini, {word[0], "inline=comment"}) == Replaced(ini, "c=x ; y", "c=z ; y"));
  CHECK(Edited("ini", ini, {word[0], "inline=value"}) == Replaced(ini, "c=x ; y", "c=z"));
  IsRefused("ini", "[a]\nb=1\nb=2\n", {"set=a.b=3"}, "twice");
  IsRefused("ini", "[a]\nb=1 \\\n  2\n", {"set=a.b=3"}, "several lines");
  IsRefused("ini", "[a]\nb=1\n  2\n", {"set=a.b=3"}, "several lines");
  IsRefused("ini", ini, {"set=one.two.three=1"}, "SECTION.KEY");
  IsRefused("ini", ini, {"set=one.key=a\nb=c"}, "control characters");
  IsRefused("ini", ini, {"set=one\\].key=a"}, "cannot be the name");
}

TEST_CASE("set-config: what a file does not have is told without its values") {
  const Result<Words> differences = Differences("yaml", "a: secret\nb: {c: 1}\n",
                                                {"set=a=other", "set=b.c=\"1\"", "delete=b", "set=b.d=2"});
  REQUIRE(differences);
  CHECK(*differences == Words{"'a' is not as it was set", "'b.d' is not as it was set"});
  CHECK(Differences("yaml", "a: 'x'\n", {"set=a=x"})->empty());
  CHECK(Differences("yaml", "a: '1'\n", {"set=a=1"})->size() == 1);
  CHECK(Differences("json", "{", {"set=a=1"}).error().kind == ErrorKind::kCorrupt);
  CHECK_FALSE(Differences("yaml", "a: [1]\n", {"delete=a.0"}));
}

TEST_CASE("set-config: words that make no sense") {
  for (const std::string word :
       {"set=a", "set==1", "set=a..b=1", "delete=a=1", "delete=", "set=a\\", "set=a=\"b", "set=a='b",
        "set=a='b'c'", "set=a={b}", "set=a=[", "--set=a=1", "inline=no", "set=a\nb=1"}) {
    CAPTURE(word);
    CHECK_FALSE(Check("yaml", {word}));
    CHECK_FALSE(Apply("yaml", "a: 1\n", {word}));
  }
  CHECK(Check("yaml", {"set=a=b", "delete=c", "set=d.e.0.+='x'", "inline=value"}));
  CHECK_FALSE(Check("toml", {"set=a=b"}));
  CHECK_FALSE(Check("ini", {"set=a.b.c=b"}));
}

}  // namespace kedge::set_config
