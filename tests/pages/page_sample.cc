// Prints what `kedge history --json` or `kedge status --json` would: real output, without an agent and a
// journal. Usage: page_sample history|status
#include <cstdio>
#include <string>

#include "operator/history_report.h"
#include "operator/status_report.h"

namespace {

using namespace kedge;

std::string History() {
  PastExecution running;
  running.id = {JobId{"firmware-42"}, 2, 0};
  running.status = "running";
  // A job's own words must not become an id.
  running.text = R"(step 1 said "jobId": "not-a-job")";
  PastExecution past = running;
  past.id = {JobId{"firmware-41"}, 1, 0};
  past.status = "FAILED";
  PastExecution other = past;
  other.id = {JobId{"set_colour"}, 1, 0};
  return op::HistoryJson({running, past, other});
}

std::string Status() {
  State state;
  state.current.emplace();
  state.current->id = {JobId{"firmware-42"}, 2, 0};
  state.current->phase = Phase::kAccepting;
  op::StatusContext context;
  context.thing = "pi-1";
  context.agent_running = true;
  return op::PrettyJson(op::StatusJson(state, context));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc == 2 ? argv[1] : "";
  if (what != "history" && what != "status") return 2;
  std::puts((what == "history" ? History() : Status()).c_str());
}
