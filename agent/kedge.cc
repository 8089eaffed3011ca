// kedge: the operator's command. Asks a running kedged over D-Bus, and reads the journal for what has been.
#include <string>
#include <vector>

#include "commands/device.h"
#include "commands/verb.h"

int main(int argc, char** argv) {
  using namespace kedge::commands;
  const auto understood =
      Understand(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc), KEDGE_VERSION);
  if (!understood.wrong.empty()) {
    Fail(understood.wrong);
    return kWrongUse;
  }
  return understood.run ? understood.run(understood.context) : Print(understood.print);
}
