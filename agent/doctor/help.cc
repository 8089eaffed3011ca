#include "doctor/doctor.h"

namespace kedge::doctor {

const char kHelp[] = R"(Look at this device: is all well, and if not, what to do. Changes nothing.

Usage: kedge doctor [--only ID,...] [--offline] [--quiet] [--json]

Each check is a line: ok, warning, problem, or skipped when it could not be looked at from here, as without root
or without systemd. Beneath what is not ok stands what to do and, where a command does it, what to type.

While kedge-link is connected nothing is said to the broker by its name, for that would end its connection: then
the agent's own word counts for the broker and the policy. Everything up to TLS is tried in any case.

  --only ID,...    these checks only, of: config, services, versions, agent, quarantine, journal, leftovers, disk,
                   fsync, sync, memory, cgroups, handlers, guards, search-path, ca, certificate, key, clock, dns,
                   tcp, tls, broker, policy, jobs, link
  --offline        nothing that needs the network
  -q, --quiet      only what is not ok
  --timeout SECONDS
                   for each check, and each wait for the network (default: 10)
  --client-id ID   try broker and policy although kedge-link is connected, by this client id, which the policy
                   has to allow
  --kedged PROGRAM, --kedge-link PROGRAM
                   look at these programs (default: those in /usr/sbin)
  --json           print JSON instead of text
  --config FILE    read this configuration (default: /etc/kedge/kedge.yaml)
  -h, --help       print this

Examples:
  sudo kedge doctor
  sudo kedge doctor --quiet --only certificate,clock,disk
  sudo kedge doctor --json | jq -r '.checks[] | select(.level == "problem").command'

Exit status: 0 no problem (there may be warnings), 1 a problem, 2 wrong use.
)";

}  // namespace kedge::doctor
