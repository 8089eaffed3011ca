#include "admission.h"

#include <algorithm>

#include "process/identity.h"
#include "process/resolve.h"
#include "task_spec.h"

namespace kedge {
namespace {

// Nothing is half run as somebody who can start some of its verbs and not the others.
Result<void> CheckUserMayStart(const Config& config, const process::Handler& handler,
                               const std::string& run_as_user) {
  const std::string name = HandlerUser(config, handler, run_as_user);
  if (name.empty()) return {};
  auto user = process::FindIdentity(name);
  if (!user) return Unexpected(user.error());
  return process::CheckMayStart(handler, HandlerFoldersOf(config), *user);
}

// Finds what `command` names; gives the handler's verbs (none for a plain command).
Result<Verbs> FindCommand(const Config& config, const Command& command, const std::string& run_as_user) {
  if (command.kind == Command::Kind::kHandler) {
    auto handler = process::FindHandler(command, HandlerFoldersOf(config));
    if (!handler) return Unexpected(handler.error());
    if (auto may = CheckUserMayStart(config, *handler, run_as_user); !may)
      return Unexpected(may.error().Within("runAsUser"));
    return Verbs{handler->has_check, handler->has_rollback, handler->has_verify};
  }
  if (!config.jobs.run_command) {
    return Unexpected(ErrorKind::kDenied,
                      "commands are switched off on this device (jobs.run_command in " + config.file + ")");
  }
  auto program = process::FindProgram(command.args[0], config.process.search_path);
  if (!program) return Unexpected(program.error());
  return Verbs{};
}

Result<void> CheckUser(const Config& config, const std::string& name) {
  if (name.empty()) return {};
  const auto& allowed = config.jobs.users;
  if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), name) == allowed.end()) {
    return Unexpected(
        ErrorKind::kDenied,
        "user '" + name + "' is not among those that jobs may use (jobs.users in " + config.file + ")");
  }
  auto user = process::FindUser(name);
  if (!user) return Unexpected(user.error());
  return {};
}

// Descriptors or memory ran out, or a read failed: nothing that is wrong with the document.
bool MayPass(const Error& error) {
  return error.kind == ErrorKind::kUnavailable || error.kind == ErrorKind::kIo ||
         error.kind == ErrorKind::kBusy;
}

// A guard may come with a program that says before the job is accepted whether there is a way back.
bool HasGuardCheck(const Config& config, const std::string& guard) {
  return process::FindProgram(config.paths.guards_folder + "/" + guard + ".check", "").has_value();
}

Result<Verbs> CheckStep(const Config& config, const Step& step) {
  if (auto user = CheckUser(config, step.run_as_user); !user)
    return Unexpected(user.error().Within("runAsUser"));
  auto verbs = FindCommand(config, step.command, step.run_as_user);
  if (!verbs) return verbs;
  for (const auto& [name, command] : {std::pair{"rollback", &step.rollback}, {"verify", &step.verify}}) {
    if (!*command) continue;
    if (auto found = FindCommand(config, **command, step.run_as_user); !found)
      return Unexpected(found.error().Within(name));
  }
  for (const auto& [guard, items] : step.protect) {
    auto program = process::FindProgram(config.paths.guards_folder + "/" + guard, "");
    if (!program) {
      if (MayPass(program.error())) return Unexpected(program.error().Within("protect"));
      return Unexpected(ErrorKind::kNotFound,
                        "protect: there is no guard '" + guard + "' in " + config.paths.guards_folder);
    }
    if (HasGuardCheck(config, guard)) verbs->guard_checks.push_back(guard);
  }
  return verbs;
}

}  // namespace

Admission Admit(const Config& config, const ServiceExecution& offer) {
  if (!offer.document_problem.empty()) return Refusal{"job document: " + offer.document_problem};
  if (!offer.document) return Refusal{"job document: missing"};
  auto document = ParseJobDocument(*offer.document);
  if (!document) return Refusal{"job document: " + document.error().message};
  Plan plan{std::move(*document), {}};
  for (size_t i = 0; i < plan.document.steps.size(); ++i) {
    const Step& step = plan.document.steps[i];
    auto verbs = CheckStep(config, step);
    if (!verbs) {
      return Refusal{"step " + std::to_string(i + 1) + " '" + step.name + "': " + verbs.error().message,
                     MayPass(verbs.error())};
    }
    plan.verbs.push_back(*verbs);
  }
  return plan;
}

}  // namespace kedge
