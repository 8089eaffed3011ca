#include "faults.h"

#include "stale_list.h"

namespace kedge::drydock {

using nlohmann::json;

namespace {

using On = Fault::On;
using Do = Fault::Do;

On Kind(const Publication& publication) {
  if (publication.kind == Publication::Kind::kNotify) return On::kNotify;
  if (publication.kind == Publication::Kind::kNotifyNext) return On::kNotifyNext;
  return On::kReply;
}

bool Matches(const std::string& wanted, const std::string& seen) { return wanted.empty() || wanted == seen; }

std::string ClientOf(const Fault& fault, const std::string& thing) {
  return fault.client.empty() ? thing : fault.client;
}

}  // namespace

Outcome<int64_t> Faults::Add(const json& rule) {
  const auto fault = ReadFault(rule);
  if (!fault) return fault.refusal();
  faults_.push_back(*fault);
  faults_.back().id = ++last_id_;
  return last_id_;
}

bool Faults::Remove(int64_t id) {
  return std::erase_if(faults_, [&](const Fault& f) { return f.id == id; }) > 0;
}

json Faults::List() const {
  json list = json::array();
  for (const Fault& fault : faults_) list.push_back(ToJson(fault));
  return list;
}

RequestFate Faults::Meet(const Request& request) {
  RequestFate fate;
  if (faults_.empty()) return fate;
  for (Fault& fault : Fire(Look(On::kRequest, request.thing, &request))) {
    fate.lost |= fault.act == Do::kDrop;
    fate.cancel_before |= fault.act == Do::kCancelBefore;
    fate.cancel_after |= fault.act == Do::kCancelAfter;
    fate.stale |= fault.act == Do::kStale;
    if (fault.act == Do::kReject) fate.reject_with = fault.code;
    if (fault.act == Do::kDisconnect) fate.cut.push_back(ClientOf(fault, request.thing));
    fate.fired.push_back(std::move(fault));
  }
  return fate;
}

SendFate Faults::Meet(const Publication& publication, const Request* request) {
  SendFate fate;
  fate.copies.emplace_back(0);
  // What somebody had published through drydock is to arrive as it is.
  if (faults_.empty() || publication.kind == Publication::Kind::kRaw) return fate;
  std::chrono::milliseconds late{0};
  bool lost = false;
  for (Fault& fault : Fire(Look(Kind(publication), publication.thing, request))) {
    lost |= fault.act == Do::kDrop;
    if (fault.act == Do::kDelay) late += fault.delay;
    if (fault.act == Do::kDuplicate) fate.copies.push_back(fault.delay);
    if (fault.act == Do::kReorder) fate.hold = fault.delay;
    if (fault.act == Do::kDisconnect) fate.cut.push_back(ClientOf(fault, publication.thing));
    fate.fired.push_back(std::move(fault));
  }
  if (lost) fate.copies.clear();
  for (auto& copy : fate.copies) copy += late;
  return fate;
}

HttpFate Faults::Meet(const HttpCall& call) {
  HttpFate fate;
  for (Fault& fault : Fire({On::kHttp, call.thing, call.operation, "", false})) {
    if (fault.act == Do::kReject) fate.reject_with = fault.code;
    if (fault.act == Do::kDelay) fate.delay += fault.delay;
    fate.fired.push_back(std::move(fault));
  }
  return fate;
}

Faults::Seen Faults::Look(On on, const std::string& thing, const Request* request) {
  if (request == nullptr) return {on, thing, "", "", false};
  return {on, thing, std::string(ToString(request->operation)), StatusIn(*request),
          LooksAtTheList(request->operation)};
}

std::vector<Fault> Faults::Fire(const Seen& seen) {
  std::vector<Fault> fired;
  for (Fault& fault : faults_) {
    if (fault.on != seen.on || !Matches(fault.thing, seen.thing) ||
        !Matches(fault.operation, seen.operation) || !Matches(fault.status, seen.status)) {
      continue;
    }
    if (fault.act == Do::kStale && !seen.of_the_list) continue;
    if (fault.skip > 0) {
      --fault.skip;
      continue;
    }
    if (!Happens(fault.chance)) continue;
    if (fault.count) --*fault.count;
    fired.push_back(fault);
  }
  std::erase_if(faults_, [](const Fault& f) { return f.count && *f.count == 0; });
  return fired;
}

bool Faults::Happens(double chance) {
  if (chance >= 1) return true;
  // The top 53 bits, which are all that a double holds: a number from 0 to below 1.
  const double drawn = static_cast<double>(random_() >> 11U) * 0x1.0p-53;
  return drawn < chance;
}

}  // namespace kedge::drydock
