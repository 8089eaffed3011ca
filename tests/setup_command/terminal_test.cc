// `kedge setup` with a person at a terminal: util-linux's script gives it one.
#include <doctest/doctest.h>

#include "rig/files.h"
#include "setup_command/bench.h"

namespace kedge::setup_test {
namespace {

std::string Quoted(const Words& words) {
  std::string line;
  for (const std::string& word : words) line += "'" + word + "' ";
  return line;
}

// What is typed, line by line; the terminal keeps it until it is asked for.
rig::Finished Type(const Bench& bench, const Words& words, const std::string& typed) {
  rig::WriteFile(bench.Folder("typed"), typed);
  return rig::Run({"/bin/sh", "-c", "script -qefc \"$0\" /dev/null <\"$1\"", Quoted(bench.Command(words)),
                   bench.Folder("typed")},
                  bench.Folder("scratch"));
}

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string Answers(const Bench& bench) {
  return "pi-1\nlocalhost\n" + std::to_string(bench.port()) + "\n" + bench.Broker("things/pi-1.pem") + "\n" +
         bench.Broker("things/pi-1.key") + "\n" + bench.Broker("ca.pem") + "\n";
}

TEST_CASE("asks for everything, tries it, and writes it") {
  const Bench bench;
  const rig::Finished finished = Type(bench, {}, Answers(bench));
  INFO(finished.out);
  CHECK(finished.status == 0);
  for (const char* question :
       {"thing in AWS IoT", "Endpoint", "Port (8883, or 443 through a firewall) [8883]",
        "File of the certificate", "private key", "File of the CA"})
    CHECK(Has(finished.out, question));
  CHECK(Has(finished.out, "no job is waiting"));
  CHECK(bench.DeviceFiles().size() == 4);

  SUBCASE("proposes what is so, and asks before a change") {
    const std::string before = bench.Read("kedge.yaml");
    const rig::Finished no = Type(bench, {"--client-id", "pi-1-b"}, "\n\n\n\n\n\nn\n");
    INFO(no.out);
    CHECK(no.status == 1);
    CHECK(Has(no.out, "[pi-1]"));
    CHECK(Has(no.out, "broker.client_id: pi-1 -> pi-1-b"));
    CHECK(Has(no.out, "nothing was changed"));
    CHECK(bench.Read("kedge.yaml") == before);
    const rig::Finished yes = Type(bench, {"--client-id", "pi-1-b"}, "\n\n\n\n\n\ny\n");
    CHECK(yes.status == 0);
    CHECK(Has(bench.Read("kedge.yaml"), "client_id: pi-1-b"));
    CHECK(bench.Read("kedge.yaml.bak") == before);
  }
}

TEST_CASE("the end of the input in the middle of the questions changes nothing") {
  const Bench bench;
  const rig::Finished finished = Type(bench, {}, "pi-1\nlocalhost\n\x04");
  CHECK(finished.status == 1);
  CHECK(Has(finished.out, "no answer"));
  CHECK(bench.DeviceFiles().empty());
}

}  // namespace
}  // namespace kedge::setup_test
