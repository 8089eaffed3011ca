// kedge: the operator's command. Asks a running kedged over D-Bus, and reads the journal for what has been.
#include <string>
#include <vector>

#include "commands/device.h"
#include "commands/verb.h"
#include "operator/refit.h"

int main(int argc, char** argv) {
  using namespace kedge::commands;
  const auto understood =
      Understand(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc), KEDGE_VERSION);
  if (!understood.wrong.empty()) {
    Fail(understood.wrong);
    return kWrongUse;
  }
  if (understood.run) return understood.run(understood.context);
  return Print(kedge::op::Refit(understood.print, LookOfTerminal().width));
}
