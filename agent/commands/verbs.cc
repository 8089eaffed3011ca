#include "commands/verbs.h"

namespace kedge::commands {

const std::vector<Verb>& Verbs() {
  static const std::vector<Verb> kVerbs = {
      SetupVerb(),  StatusVerb(),  WatchVerb(),        HistoryVerb(),    ShowVerb(),
      LogsVerb(),   ReportVerb(),  CancelVerb(),       RollbackVerb(),   ClearVerb(),
      ReloadVerb(), WaitVerb(),    CheckVerb(),        RunVerb(),        DoctorVerb(),
      ConfigVerb(), MetricsVerb(), ImportConfigVerb(), HandlerTestVerb()};
  return kVerbs;
}

}  // namespace kedge::commands
