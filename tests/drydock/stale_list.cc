#include "stale_list.h"

#include <utility>

#include "payloads.h"
#include "requests.h"

namespace kedge::drydock {

using nlohmann::json;

namespace {

// As text, for the document in it need not be JSON. A number is all that stands before it.
std::string ExecutionIn(const std::string& notify_next) {
  constexpr std::string_view kMember = ",\"execution\":";
  const auto at = notify_next.find(kMember);
  if (at == std::string::npos) return "";
  const auto from = at + kMember.size();
  return notify_next.substr(from, notify_next.size() - from - 1);
}

json Listed(const std::string& notify, const char* status) {
  const json said = json::parse(notify, nullptr, false);
  if (!said.is_object() || !said.contains("jobs")) return json::array();
  return said["jobs"].value(status, json::array());
}

}  // namespace

bool LooksAtTheList(Operation operation) {
  return operation == Operation::kGet || operation == Operation::kStartNext ||
         operation == Operation::kDescribeNext;
}

void StaleList::Told::Take(const std::string& payload) { last_but_one = std::exchange(last, payload); }

void StaleList::Note(const Event& event) {
  Things& thing = things_[event.thing];
  (event.kind == Event::Kind::kNotify ? thing.notify : thing.notify_next).Take(event.payload);
}

std::string StaleList::Payload(const Request& request, Instant now) const {
  const auto found = things_.find(request.thing);
  const Things told = found == things_.end() ? Things{} : found->second;
  ObjectText text;
  if (request.operation == Operation::kGet) {
    text.Add("inProgressJobs", Listed(told.notify.last_but_one, "IN_PROGRESS"))
        .Add("queuedJobs", Listed(told.notify.last_but_one, "QUEUED"));
  } else if (const auto execution = ExecutionIn(told.notify_next.last_but_one); !execution.empty()) {
    text.AddVerbatim("execution", execution);
  }
  text.Add("timestamp", WholeSeconds(now));
  const auto body = ParseBody(request.payload);
  if (body && body->contains("clientToken")) text.Add("clientToken", (*body)["clientToken"]);
  return text.Text();
}

}  // namespace kedge::drydock
