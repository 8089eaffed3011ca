// Between core's values and the rows of the tables. Pure. Private to store/.
//
// Decode* never trust what they read: whatever no Encode* could have written is told to `damage`.
#pragma once

#include "core/state.h"
#include "store/damage.h"
#include "store/rows.h"

namespace kedge::store {

MetaRow EncodeMeta(const State& state);
// Rows of slot 1, without a digest.
CurrentRow EncodeCurrent(const Execution& execution, int64_t seq);
StepRow EncodeStep(const StepRecord& step, size_t index);
QuarantineRow EncodeQuarantine(const Quarantine& quarantine);
// A row of an execution that is not closed; the document as the history keeps it.
ExecutionRow EncodeExecution(const ExecutionId& id, int64_t seq, int64_t offered_wall, std::string document);
// Puts the end of an execution into its row.
void EncodeClosed(const Closed& closed, ExecutionRow& row);

ExecutionId DecodeId(const ExecutionRow& row, Damage& damage);
// All but id, document, plan's document and steps, which have tables of their own.
Execution DecodeCurrent(const CurrentRow& row, Damage& damage);
StepRecord DecodeStep(const StepRow& row, Damage& damage);
Quarantine DecodeQuarantine(const QuarantineRow& row, Damage& damage);
Closed DecodeClosed(const ExecutionRow& row, Damage& damage);

}  // namespace kedge::store
