// An agent that dies in mid-work: starts PROGRAM as task NAME and, as soon as its stdin is closed, leaves
// without a word. `quitter CGROUP_FOLDER|- NAME PROGRAM ARG...`; "-": without control groups.
#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "process/linux_children.h"
#include "sys/clock.h"

int main(int argc, char** argv) {
  using namespace kedge;
  if (argc < 4) return 2;
  sys::EventLoop loop;
  const bool use_cgroups = std::string_view(argv[1]) != "-";
  process::ContainmentConfig config;
  config.use_cgroups = use_cgroups;
  if (use_cgroups) config.cgroup_folder = argv[1];
  process::Listeners listeners;
  listeners.ended = [](const auto&...) { _exit(3); };
  auto made = process::MakeChildren(loop, config, std::move(listeners));
  if (!made || made->containment.cgroup != use_cgroups) return 4;
  process::ChildSpec spec;
  spec.name = argv[2];
  spec.program = argv[3];
  spec.argv.assign(argv + 3, argv + argc);
  spec.working_folder = "/";
  made->children->Start(spec);
  // The test tells when by closing our stdin.
  char byte = 0;
  while (read(0, &byte, 1) > 0) {
  }
  _exit(0);  // no destructor: this is a crash
}
