// Every verb of `kedge`, each in a file of its own.
#pragma once

#include "commands/verb.h"

namespace kedge::commands {

Verb SetupVerb();
Verb StatusVerb();
Verb WatchVerb();
Verb HistoryVerb();
Verb ShowVerb();
Verb LogsVerb();
Verb ReportVerb();
Verb CancelVerb();
Verb RollbackVerb();
Verb ClearVerb();
Verb ReloadVerb();
Verb WaitVerb();
Verb CheckVerb();
Verb RunVerb();
Verb DoctorVerb();
Verb ConfigVerb();
Verb MetricsVerb();
Verb ImportConfigVerb();
Verb HandlerTestVerb();

}  // namespace kedge::commands
