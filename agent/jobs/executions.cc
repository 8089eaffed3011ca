#include "jobs/executions.h"

#include <utility>

#include "core/status_details.h"
#include "jobs/json_reader.h"

namespace kedge::jobs {
namespace {

using nlohmann::json;

constexpr int64_t kLowestNumber = 1;   // executionNumber
constexpr int64_t kLowestVersion = 0;  // 1 by the live service, but a sample of the documentation shows 0
constexpr size_t kMaxCodeText = 64;

// The first member that stands twice in one object of `value`.
const std::string* FirstTwice(const json& value) {
  if (value.is_array()) {
    for (const json& element : value) {
      if (const std::string* name = FirstTwice(element)) return name;
    }
  } else if (value.is_object()) {
    for (auto member = value.begin(); member != value.end(); ++member) {
      if (member->is_discarded()) return &member.key();
      if (const std::string* name = FirstTwice(*member)) return name;
    }
  }
  return nullptr;
}

std::string TooLong(size_t bytes) {
  return "is " + std::to_string(bytes) + " bytes, more than the " + std::to_string(kMaxDocumentBytes) +
         " allowed";
}

void TakeDocument(const json& value, ServiceExecution& execution) {
  std::string& problem = execution.document_problem;
  if (!value.is_object()) {
    problem = "is " + std::string(KindOf(value)) + ", expected an object";
  } else if (Depth(value) > kMaxDocumentDepth) {
    problem = "is nested deeper than " + std::to_string(kMaxDocumentDepth) + " levels";
  } else if (const std::string* name = FirstTwice(value)) {
    problem =
        "has the member '" + SafeDetailValue(*name, Keep::kHead, kMaxCodeText) + "' twice in one object";
  } else if (std::string text = WriteJson(value); text.size() > kMaxDocumentBytes) {
    problem = TooLong(text.size());
  } else {
    execution.document = std::move(text);
  }
}

// An object over MQTT, a string that holds JSON over HTTP (reference 0).
void ReadDocument(Fields& fields, ServiceExecution& execution) {
  const json* value = fields.Find("jobDocument");
  if (value == nullptr) return;
  if (!value->is_string()) return TakeDocument(*value, execution);
  const auto& text = value->get_ref<const std::string&>();
  if (text.size() > kMaxDocumentBytes) {
    execution.document_problem = TooLong(text.size());
    return;
  }
  Result<json> inner = ReadJson(text, kMaxDocumentDepth);
  if (!inner) {
    execution.document_problem = inner.error().message;
    return;
  }
  TakeDocument(*inner, execution);
}

// Only ever shown to people, so nothing in it is a reason to refuse the message around it; made safe to show.
DetailsMap ReadDetails(const json* value) {
  DetailsMap details;
  if (value == nullptr || !value->is_object()) return details;
  for (auto member = value->begin(); member != value->end(); ++member) {
    std::string text;
    if (member->is_string()) {
      text = member->get<std::string>();
    } else if (member->is_number() || member->is_boolean()) {
      text = WriteJson(*member);
    } else {
      continue;
    }
    details[SafeDetailKey(member.key())] = SafeDetailValue(text);
  }
  return details;
}

void CheckThing(Fields& fields, const std::string& thing) {
  if (std::string named = fields.Text("thingName"); !named.empty() && named != thing) {
    fields.Refuse("thingName", "is another thing; this one is '" + thing + "'");
  }
}

ExecutionId ReadId(Fields& fields) {
  ExecutionId id;
  for (const char* key : {"jobId", "executionNumber", "queuedAt"}) {
    if (fields.Find(key) == nullptr) fields.Refuse(key, "is missing");
  }
  id.job = fields.Job("jobId").value_or(JobId{});
  id.number = fields.Number("executionNumber", kLowestNumber, kLowestNumber);
  id.queued_at = fields.Time("queuedAt");
  return id;
}

std::optional<JobStatus> ReadStatus(Fields& fields) {
  std::string word = fields.Text("status");
  std::optional<JobStatus> status = JobStatusFrom(word);
  if (word.empty()) {
    fields.Refuse("status", "is missing");
  } else if (!status) {
    fields.Refuse("status",
                  "'" + SafeDetailValue(word, Keep::kHead, kMaxCodeText) + "' is no status of the protocol");
  }
  return status;
}

}  // namespace

std::optional<ServiceExecution> ReadExecution(Fields& reply, const char* key, const std::string& thing) {
  const json* value = reply.Object(key);
  if (value == nullptr || value->empty()) return std::nullopt;
  Fields fields(*value, reply.NameOf(key));
  ServiceExecution execution;
  execution.id = ReadId(fields);
  execution.status = ReadStatus(fields).value_or(JobStatus::kQueued);
  execution.version = fields.Number("versionNumber", kLowestVersion, 1);
  CheckThing(fields, thing);
  execution.details = ReadDetails(fields.Find("statusDetails"));
  ReadDocument(fields, execution);
  reply.Adopt(fields);
  return execution;
}

std::vector<PendingEntry> ReadPending(Fields& lists, const char* key, const std::string& thing) {
  std::vector<PendingEntry> entries;
  const json* list = lists.Array(key);
  if (list == nullptr) return entries;
  for (size_t i = 0; i < list->size(); ++i) {
    std::string name = std::string(key) + "[" + std::to_string(i) + "]";
    if (!(*list)[i].is_object()) {
      lists.Refuse(name, "is " + std::string(KindOf((*list)[i])) + ", expected an object");
      break;
    }
    Fields fields((*list)[i], lists.NameOf(name));
    PendingEntry entry;
    entry.id = ReadId(fields);
    entry.version = fields.Number("versionNumber", kLowestVersion, 1);
    CheckThing(fields, thing);
    lists.Adopt(fields);
    if (!lists.ok()) break;
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::optional<ExecutionState> ReadState(Fields& reply) {
  auto member = reply.Find("executionState");
  if (member == nullptr || !member->is_object()) return std::nullopt;
  Fields fields(*member, "executionState");
  ExecutionState state;
  state.status = ReadStatus(fields).value_or(JobStatus::kQueued);
  state.version = fields.Number("versionNumber", kLowestVersion, 1);
  state.details = ReadDetails(fields.Find("statusDetails"));
  if (!fields.ok()) return std::nullopt;
  return state;
}

Rejection ReadRejection(Fields& reply) {
  Rejection rejection;
  std::string code = reply.Text("code");
  rejection.code = RejectedCodeFrom(code);
  rejection.message = SafeDetailValue(reply.Text("message"));
  rejection.state = ReadState(reply);
  if (rejection.code == RejectedCode::kOther && !code.empty()) {
    rejection.message = SafeDetailValue(code, Keep::kHead, kMaxCodeText) + ": " + rejection.message;
  }
  return rejection;
}

}  // namespace kedge::jobs
