#include "kedged_options.h"

#include <cstdio>

namespace kedge {
namespace {

constexpr char kHelp[] =
    "Usage: kedged [--config FILE] [--check-config | --run DOCUMENT [--json]]\n"
    "\n"
    "The Kedge job agent: takes jobs from AWS IoT Jobs (through kedge-link), runs them step by step, and "
    "undoes\n"
    "what is cancelled, fails or is interrupted. Runs in the foreground; systemd starts it as "
    "kedged.service.\n"
    "\n"
    "  --config FILE    read FILE instead of /etc/kedge/kedge.yaml\n"
    "  --check-config   say what is wrong with the configuration, or that nothing is, and end\n"
    "  --run DOCUMENT   run this job document without the service, and end; `kedge run` says more\n"
    "  --json           what happens in a local run as JSON, one object a line\n"
    "  --version        print the version and end\n"
    "  --help           print this and end\n"
    "\n"
    "Exit status: 0 ended as asked; 1 could not start or go on (the reason is on stderr); 2 wrong use. Of a "
    "local\n"
    "run: 0 done; 1 not done, and the device is as before; 3 not done, and that is not proven.\n"
    "\n"
    "Examples:\n"
    "  kedged --check-config                      check /etc/kedge/kedge.yaml\n"
    "  kedged --config ./bench.yaml               run at the bench with another configuration\n"
    "  kedged --run update.json                   run one job document, without the service\n"
    "  kedge status                               ask the running agent what it does\n";

int Wrong(const std::string& why) {
  std::fprintf(stderr, "kedged: %s; try 'kedged --help'\n", why.c_str());
  return 2;
}

}  // namespace

int ParseOptions(int argc, char** argv, KedgedOptions* options) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--help" || word == "-h") {
      std::fputs(kHelp, stdout);
      return 0;
    }
    if (word == "--version") {
      std::printf("kedged %s\n", KEDGE_VERSION);
      return 0;
    }
    if (word == "--check-config") {
      options->check = true;
    } else if (word == "--json") {
      options->json = true;
    } else if (word == "--config" && i + 1 < argc) {
      options->config = argv[++i];
    } else if (word == "--run" && i + 1 < argc && *argv[i + 1] != '\0') {
      options->run = argv[++i];
    } else {
      return Wrong(word + ": unknown or incomplete option");
    }
  }
  if (options->check && !options->run.empty()) return Wrong("--check-config and --run: one of them");
  if (options->json && options->run.empty()) return Wrong("--json is for --run DOCUMENT");
  return -1;
}

}  // namespace kedge
