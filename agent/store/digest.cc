#include "store/digest.h"

#include "store/codec.h"
#include "store/row_io.h"

namespace kedge::store {
namespace {

void Add(Checksum& sum, const ExecutionId& id) {
  sum.Add(id.job.value);
  sum.Add(id.number);
  sum.Add(id.queued_at);
}

void Add(Checksum& sum, const Execution& execution) {
  Add(sum, execution.id);
  sum.Add(execution.document);
  sum.AddRow(EncodeCurrent(execution, 0));
  for (size_t i = 0; i < execution.steps.size(); ++i) {
    if (execution.steps[i] != StepRecord{}) sum.AddRow(EncodeStep(execution.steps[i], i));
  }
}

// Without a row: there are up to 64, in each commit.
void Add(Checksum& sum, const Closed& closed) {
  Add(sum, closed.id);
  sum.Add(ToString(closed.status));
  sum.Add(closed.verdict ? ToString(*closed.verdict) : std::string_view());
  sum.Add(closed.text);
  sum.Add(static_cast<int64_t>(closed.reports));
  sum.Add(closed.closed_wall);
}

}  // namespace

int64_t DigestOf(const State& state) {
  Checksum sum("state");
  sum.AddRow(EncodeMeta(state));
  sum.Add(static_cast<int64_t>(state.current.has_value()));
  if (state.current) Add(sum, *state.current);
  sum.Add(static_cast<int64_t>(state.stranded.size()));
  for (const Execution& execution : state.stranded) Add(sum, execution);
  if (state.quarantine) sum.AddRow(EncodeQuarantine(*state.quarantine));
  for (const Closed& closed : state.ledger) Add(sum, closed);
  return sum.value();
}

}  // namespace kedge::store
