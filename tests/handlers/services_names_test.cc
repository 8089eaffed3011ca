// What the guard `services` and the handlers take as the names of units.
#include <doctest/doctest.h>

#include "guards/services/names.h"
#include "handlers/handler_case.h"

namespace kedge::services {
namespace {

std::string Reason(const std::string& item) {
  const auto units = ReadUnits({item});
  return units ? "" : units.error().message;
}

}  // namespace

TEST_CASE("services: names come with their type, lists in one item or several, each once") {
  using Units = std::vector<std::string>;
  CHECK(*ReadUnits({"nginx"}) == Units{"nginx.service"});
  CHECK(*ReadUnits({" nginx redis\tx.timer\n", "", "nginx.service", "a.b"}) ==
        Units{"nginx.service", "redis.service", "x.timer", "a.b.service"});
  CHECK(*ReadUnits({"getty@tty1", "getty@.x.service", "home-a\\x2db.mount", "multi-user.target"}) ==
        Units{"getty@tty1.service", "getty@.x.service", "home-a\\x2db.mount", "multi-user.target"});
}

TEST_CASE("services: what is no unit's name is refused with the reason") {
  for (const std::string option : {"--root=/x", "-H", "-", "--", "--now", "nginx -M"})
    CHECK(Reason(option).ends_with("a unit's name does not begin with '-'"));
  for (const std::string pattern : {"nginx*", "?", "[a]", "a;b", "a$b", "a'b", "n\xc3\xa4me", "a\x01"})
    CHECK(Reason(pattern).find("no unit's name: only letters") != std::string::npos);
  CHECK(Reason("/dev/sda") == "'/dev/sda': a unit's name is expected, not a path");
  CHECK(Reason("../x").find("not a path") != std::string::npos);
  CHECK(Reason("getty@.service") == "'getty@.service': a template: name an instance of it");
  CHECK(Reason("getty@") == "'getty@': a template: name an instance of it");
  CHECK(Reason("dev-sda.device") == "'dev-sda.device': a device is not started or stopped by its name");
  CHECK(Reason("init.scope").find("a scope is not") != std::string::npos);
  CHECK(Reason(".service").find("nothing stands before its type") != std::string::npos);
  CHECK(Reason(std::string(248, 'a')).find("longer than") != std::string::npos);
  CHECK(Reason(std::string(247, 'a')) == "");
  CHECK(Reason(" \t") == "no unit is named");
  CHECK(ReadUnits({}).error().message == "no unit is named");
}

TEST_CASE("services: instances know their template") {
  CHECK(TemplateOf("getty@tty1.service") == "getty@.service");
  CHECK(TemplateOf("a@b@c.d.socket") == "a@.socket");
  CHECK(TemplateOf("nginx.service") == "");
  CHECK(TypeOf("a.b.timer") == "timer");
  CHECK(TypeOf("a") == "");
}

}  // namespace kedge::services

namespace kedge::testing {

TEST_CASE(
    "start-services, stop-services, restart-services: wrong arguments are refused by every verb that reads "
    "them") {
  const std::vector<std::vector<std::string>> wrong = {
      {},     {""},    {" "},     {"--root=/"}, {"-H", "x"}, {"nginx --now"},
      {"a*"}, {"a/b"}, {"$(id)"}, {"a;b"},      {"a`b`"}};
  for (const std::string name : {"start-services", "stop-services", "restart-services"}) {
    const HandlerCase handler(name);
    for (const auto& args : wrong) {
      for (const std::string verb : {"check", "run", "rollback", "verify"}) {
        const Finished finished = handler.Call(verb, args, "done");
        CHECK(finished.status == 2);
        CHECK(finished.err.starts_with(name + ": "));
      }
    }
    for (const std::string own : {"kedged", "a kedge-link.service"}) {
      const Finished finished = handler.Call("check", {own});
      CHECK(finished.status == 1);
      // Before that it wants root and systemctl.
      if (finished.err.find("has to run as root") == std::string::npos &&
          finished.err.find("is not installed") == std::string::npos)
        CHECK(finished.err.find("the handler update-kedge restarts it safely") != std::string::npos);
    }
    CHECK(std::filesystem::is_empty(handler.state()));
    // Nothing was started: there is nothing to undo, and that is how it is.
    CHECK(handler.Call("rollback", {"x"}).status == 0);
    CHECK(handler.Call("verify", {"x"}, "undone").status == 0);
    CHECK(handler.Call("verify", {"x"}, "").status == 3);
  }
}

}  // namespace kedge::testing
