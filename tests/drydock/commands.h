// The commands of `drydock`. Each takes the words after its name and gives the program's exit status: 0, 1
// when it could not be done, 2 for a wrong command line. What a person should know goes to standard error.
#pragma once

#include <signal.h>

#include <string>
#include <vector>

namespace kedge::drydock {

int RunBroker(const std::vector<std::string>& words);
int RunReport(const std::vector<std::string>& words);
int RunServe(const std::vector<std::string>& words);
int RunWatch(const std::vector<std::string>& words);

// Blocks SIGTERM and SIGINT, in all threads that start later too, so that they can be waited for with
// sigwait(); and SIGPIPE is ignored.
sigset_t BlockEndSignals();

// "drydock: SENTENCE", on standard error.
void Say(const std::string& sentence);

}  // namespace kedge::drydock
