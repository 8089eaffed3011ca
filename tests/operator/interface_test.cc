// The shipped description of the interface against the running object, element by element, in both
// directions.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "operator/bus.h"
#include "operator/served_agent.h"

namespace kedge::op {
namespace {

// Each method, property and signal of org.kedge.Agent1 with all that is in it, in one line of its own.
// Comments, blanks and the order of attributes do not count; the order of arguments does.
std::set<std::string> Members(std::string xml) {
  for (size_t from = 0; (from = xml.find("<!--")) != std::string::npos;)
    xml.erase(from, xml.find("-->", from) + 3 - from);
  const size_t begin = xml.find("<interface name=\"org.kedge.Agent1\">");
  const size_t end = xml.find("</interface>", begin);
  REQUIRE(begin != std::string::npos);
  REQUIRE(end != std::string::npos);
  xml = xml.substr(begin, end - begin);
  xml.erase(0, xml.find('>') + 1);

  std::set<std::string> members;
  std::string member;
  int depth = 0;
  static const std::regex tag("<(/?)(\\w+)([^>]*?)(/?)>");
  for (std::sregex_iterator at(xml.begin(), xml.end(), tag), none; at != none; ++at) {
    const bool closes = !(*at)[1].str().empty() || !(*at)[4].str().empty();
    if ((*at)[1].str().empty()) {
      ++depth;
      std::set<std::string> attributes;
      const std::string text = (*at)[3].str();
      static const std::regex attribute("(\\w+)=[\"']([^\"']*)[\"']");
      for (std::sregex_iterator one(text.begin(), text.end(), attribute); one != none; ++one)
        attributes.insert((*one)[1].str() + "=" + (*one)[2].str());
      member += "<" + (*at)[2].str();
      for (const std::string& one : attributes) member += " " + one;
    }
    if (!closes) continue;
    member += ">";
    if (--depth > 0) continue;
    members.insert(member);
    member.clear();
  }
  CHECK(depth == 0);
  return members;
}

std::set<std::string> Shipped() {
  std::ifstream file(std::string(KEDGE_SYSTEMD_FOLDER) + "/org.kedge.Agent1.xml");
  REQUIRE(file.good());
  return Members(std::string(std::istreambuf_iterator<char>(file), {}));
}

std::string OneALine(const std::set<std::string>& members) {
  std::string text;
  for (const std::string& member : members) text += member + "\n";
  return text;
}

TEST_CASE("the shipped interface description is what the agent serves, and the agent serves nothing else") {
  ServedAgent agent;
  std::string told;
  agent.While([&] {
    sd_bus* made = nullptr;
    REQUIRE(sd_bus_new(&made) >= 0);
    const Bus bus(made);
    REQUIRE(sd_bus_set_address(made, agent.Address().c_str()) >= 0);
    REQUIRE(sd_bus_start(made) >= 0);
    BusError error;
    sd_bus_message* answer = nullptr;
    REQUIRE(sd_bus_call_method(made, nullptr, kObjectPath, "org.freedesktop.DBus.Introspectable",
                               "Introspect", error.get(), &answer, "") >= 0);
    const BusMessage owned(answer);
    const char* xml = nullptr;
    REQUIRE(sd_bus_message_read(answer, "s", &xml) > 0);
    told = xml;
  });
  const std::set<std::string> shipped = Shipped();
  CHECK(OneALine(Members(told)) == OneALine(shipped));
  CHECK(shipped.size() >= 36);
  CHECK(shipped.contains(
      "<method name=Cancel<arg direction=in name=job type=s><arg direction=in name=force type=b>"
      "<arg direction=in name=reason type=s><arg direction=out name=accepted type=b>"
      "<arg direction=out name=text type=s>>"));
}

TEST_CASE("gdbus reads the same interface from the agent") {
  ServedAgent agent;
  Outcome told;
  agent.While([&] {
    told = Run("gdbus introspect --xml --address " + agent.Address() +
               " --dest org.kedge.Agent1 --object-path /org/kedge/Agent1");
  });
  REQUIRE_MESSAGE(told.status == 0, told.output);
  CHECK(OneALine(Members(told.output)) == OneALine(Shipped()));
}

TEST_CASE("the page on the interface names every member, and none that is not there") {
  std::ifstream file(KEDGE_DBUS_PAGE);
  REQUIRE(file.good());
  const std::string page(std::istreambuf_iterator<char>(file), {});
  const std::set<std::string> shipped = Shipped();
  std::set<std::string> names;
  for (const std::string& member : shipped) {
    std::smatch found;
    REQUIRE(
        std::regex_search(member, found, std::regex("^<(method|property|signal)( \\w+=\\w+)* name=(\\w+)")));
    names.insert(found[3]);
    CHECK_MESSAGE(page.find("`" + found[3].str()) != std::string::npos, found[3].str()
                                                                            << " is not in the page");
  }
  // The tables' first columns, after the one of errors.
  const size_t members = page.find("\n## Properties");
  REQUIRE(members != std::string::npos);
  const std::string tables = page.substr(members);
  static const std::regex row("\n\\| `([A-Z]\\w+)");
  for (std::sregex_iterator at(tables.begin(), tables.end(), row), none; at != none; ++at)
    CHECK_MESSAGE(names.contains((*at)[1].str()), (*at)[1].str()
                                                      << " is in the page and not in the interface");
}

TEST_CASE("what polkit is asked about is what its policy file knows") {
  std::ifstream file(std::string(KEDGE_SYSTEMD_FOLDER) + "/org.kedge.agent1.policy");
  REQUIRE(file.good());
  const std::string policy(std::istreambuf_iterator<char>(file), {});
  std::set<std::string> actions;
  static const std::regex action("<action id=\"([a-z0-9.]+)\">");
  for (std::sregex_iterator at(policy.begin(), policy.end(), action), none; at != none; ++at)
    actions.insert((*at)[1]);
  CHECK(actions == std::set<std::string>{"org.kedge.agent1.cancel", "org.kedge.agent1.clear",
                                         "org.kedge.agent1.output", "org.kedge.agent1.reload",
                                         "org.kedge.agent1.rollback"});
  // Nobody may by being there alone: an administrator, after a password.
  CHECK(policy.find("<allow_active>yes") == std::string::npos);
  CHECK(policy.find("auth_self") == std::string::npos);
}

}  // namespace
}  // namespace kedge::op
