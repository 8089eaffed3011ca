#include "core/job_document.h"

#include <utility>

#include "core/job_step.h"
#include "core/json_members.h"
#include "core/json_text.h"
#include "core/status_details.h"

// DOCUMENT.md says the same as this file and job_step.cc to the people who write job documents; keep them
// together. "Safe:" marks where the Device Client's code does something else than its documentation, or than
// Kedge.
namespace kedge {
namespace {

// Safe: the Device Client reads conditions and never evaluates them, so the job runs on the very devices that
// its author excluded. Kedge cannot evaluate them either: a job that has one does not run.
void RefuseConditions(const Members& document) {
  const std::vector<Members> conditions = document.Objects("conditions");
  for (const Members& condition : conditions) {
    condition.RequiredText("key");
    if (condition.Texts("value").empty())
      condition.Refuse("value", condition.Has("value") ? "is empty" : "missing");
    condition.Text("type");
  }
  if (!conditions.empty()) {
    document.Refuse("conditions",
                    "this agent cannot check conditions, and does not run a job without checking them; "
                    "choose the devices with the job's targets");
  }
}

void ReadSchema1(const Members& members, JobDocument* document) {
  const std::string version = members.Text("version");
  if (!version.starts_with("1.")) {
    members.Refuse("version",
                   "is " + Quoted(version) + ", a schema this agent does not know, expected \"1.0\"");
  }
  RefuseConditions(members);
  const std::vector<Members> steps = members.Objects("steps");
  if (steps.empty()) members.Refuse("steps", members.Has("steps") ? "is empty" : "missing");
  const std::optional<Members> final_step = members.Object("finalStep");
  const size_t count = steps.size() + (final_step ? 1 : 0);
  if (count > kMaxSteps) {
    members.Refuse("steps",
                   std::to_string(count) + " steps with finalStep, more than " + std::to_string(kMaxSteps));
    return;
  }
  for (const Members& step : steps) document->steps.push_back(ReadStep(step));
  if (final_step) {
    document->steps.push_back(ReadStep(*final_step));
    document->steps.back().is_final = true;
  }
}

// The form before there were versions: one handler, named by `operation`.
void ReadOperation(const Members& members, JobDocument* document) {
  Step step;
  step.name = ReadName(members, "operation");
  step.command = ReadHandler(members, "operation");
  step.allow_stderr_lines = ReadAllowStdErr(members);
  document->steps.push_back(std::move(step));
}

// Up to what ends a URL in an argument or a list of them.
std::string WithoutQueries(const std::string& text) {
  std::string plain;
  for (size_t at = 0; at < text.size();) {
    const size_t scheme = text.find("://", at);
    const size_t end =
        scheme == text.npos ? text.size() : std::min(text.find_first_of(" \t\n\"',", scheme), text.size());
    const size_t query = scheme == text.npos ? end : std::min(text.find('?', scheme), end);
    plain.append(text, at, query - at);
    at = end;
    if (at < text.size()) plain += text[at++];
  }
  return plain;
}

Command WithoutQueries(Command command) {
  for (std::string& arg : command.args) arg = WithoutQueries(arg);
  return command;
}

JobDocument WithoutQueries(JobDocument document) {
  for (Step& step : document.steps) {
    step.command = WithoutQueries(std::move(step.command));
    if (step.rollback) step.rollback = WithoutQueries(*std::move(step.rollback));
    if (step.verify) step.verify = WithoutQueries(*std::move(step.verify));
  }
  return document;
}

bool HasVersion(const nlohmann::json& root) {
  const auto version = root.find("version");
  return version != root.end() && version->is_string() && !version->get_ref<const std::string&>().empty();
}

}  // namespace

Result<JobDocument> ParseJobDocument(std::string_view text) {
  const Result<nlohmann::json> root = ParseJson(text, {kMaxDocumentBytes, kMaxDocumentDepth});
  if (!root) return Unexpected(root.error().Within("the job document"));
  if (!root->is_object()) {
    return Unexpected(ErrorKind::kInvalid, "the job document: " + Describe(*root) + ", expected an object");
  }

  JobDocument document;
  std::string problem;
  const Members members(*root, "", &problem);
  document.include_stdout = members.Flag("includeStdOut");
  document.repair = members.Flag("repair").value_or(false);
  document.timeout = ReadTimeout(members);
  if (HasVersion(*root)) {
    ReadSchema1(members, &document);
  } else if (members.Has("operation")) {
    ReadOperation(members, &document);
  } else {
    members.Refuse("version",
                   members.Has("version")
                       ? Describe(root->at("version")) + ", expected \"1.0\""
                       : "missing, and no \"operation\" either: no form of job document that this agent "
                         "knows (see DOCUMENT.md)");
  }
  if (!problem.empty()) return Unexpected(ErrorKind::kInvalid, std::move(problem));
  return document;
}

bool SameButForQueries(const JobDocument& one, const JobDocument& other) {
  return WithoutQueries(one) == WithoutQueries(other);
}

}  // namespace kedge
