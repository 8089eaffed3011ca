// Where AWS's documents disagree, the service has to choose. Each switch is the other reading (reference
// aws-iot-jobs.md: 5.1, 5.4, 3.4, 2.1); all off is what the live traces show, or what is most likely.
#pragma once

namespace kedge::drydock {

struct Readings {
  // `notify` also when an execution becomes IN_PROGRESS, `notify-next` also when the head itself changes
  // status.
  bool chatty_notify = false;
  // An update of an ended execution is refused with TerminalStateReached, without executionState.
  bool terminal_state_on_update = false;
  // What the service does by itself (cancel, timeout, removal) leaves versionNumber as it was.
  bool no_version_bump = false;
  // A retry queues the same execution again: same executionNumber, next version, new queuedAt.
  bool retry_keeps_number = false;
  // Line feeds and tabs are allowed in values of statusDetails.
  bool line_feeds_in_details = false;
};

}  // namespace kedge::drydock
