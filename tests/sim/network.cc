// The network between agent and service: messages that take their time, get lost, come twice; a link that
// goes and comes; connections that are given up and made anew.
#include <algorithm>

#include "sim/wire.h"
#include "sim/world.h"

namespace kedge::sim {
namespace {

constexpr int64_t kWallStart = 1700000000000;
constexpr int64_t kLatency = 5;
constexpr int64_t kConnects = 50;
constexpr int64_t kConnectsSlowly = 20000;
constexpr int64_t kConnectsLate = 100000;
constexpr int64_t kPassesOn = 100;  // ms; of what is on its way, what is there by then has passed the link
constexpr int64_t kLinkTakes = 30;

int64_t Takes(Net net) {
  if (net == Net::kSlow) return kConnectsSlowly;
  return net == Net::kLate ? kConnectsLate : kConnects;
}

bool CutsOff(Net net) { return net == Net::kCut || net == Net::kCutAtOnce; }

}  // namespace

std::optional<Fault> World::MessageFault() {
  const int64_t number = messages_++;
  for (const Fault& fault : message_faults_) {
    if (fault.at == number) return fault;
  }
  return std::nullopt;
}

void World::Send(Request request) {
  if (!link_) return;
  ToService item;
  const auto* describe = std::get_if<Describe>(&request);
  item.asked = {now_, connection_, describe != nullptr && describe->document};
  if (options_.wire) {
    item.wire = WriteRequest(request);
    if (story_ != nullptr) Tell("    wire: " + item.wire.topic + " " + item.wire.payload);
  } else {
    item.request = std::move(request);
  }
  const auto fault = MessageFault();
  int64_t at = now_ + kLatency + (options_.jitter ? static_cast<int64_t>(Random() * 20) : 0);
  if (fault) {
    ++lost_;
    Tell("    network: " + ToString(*fault));
    if (fault->kind == FaultKind::kDrop) return;
    if (fault->kind == FaultKind::kLate) at += fault->arg;
    if (fault->kind == FaultKind::kDouble) At(at, item);
  }
  At(at, std::move(item));
}

// `asked`: the first of the news is the answer to that.
void World::Publish(std::vector<What> news, bool heard, const Asked* asked) {
  for (What& what : news) {
    const Asked answers = asked != nullptr && &what == &news.front() ? *asked : Asked{};
    if (!heard || !link_) {
      ++lost_;
      ++notices_lost_;
      continue;
    }
    ToDevice item;
    item.asked = answers;
    if (options_.wire) {
      item.wire = WriteReply(what, (kWallStart + now_) / 1000);
      if (story_ != nullptr) Tell("    wire: " + item.wire.topic + " " + item.wire.payload);
    } else {
      item.event = std::move(what);
    }
    const auto fault = MessageFault();
    int64_t at = now_ + kLatency + (options_.jitter ? static_cast<int64_t>(Random() * 20) : 0);
    if (fault) {
      ++lost_;
      Tell("    network: " + ToString(*fault));
      ++notices_lost_;
      if (fault->kind == FaultKind::kDrop) continue;
      if (fault->kind == FaultKind::kLate) at += fault->arg;
      if (fault->kind == FaultKind::kDouble) At(at, item);
    }
    At(at, std::move(item));
  }
}

void World::On(ToService& item) {
  if (options_.wire) {
    auto read = ReadRequest(item.wire);
    if (!read) return Broken("a request that no service takes: " + read.error().message);
    item.request = std::move(*read);
  }
  if (away_until_ > now_) {
    ++lost_;
    return Tell("service: away");
  }
  std::vector<What> out;
  if (throttled_ > 0) {
    --throttled_;
    ++lost_;
    out.push_back(Service::Refuse(item.request, throttle_code_));
    Tell("service: refuses for its own reasons");
    return Publish(std::move(out), true, &item.asked);
  }
  service_.Handle(item.request, now_, &out);
  if (const auto* update = std::get_if<SendUpdate>(&item.request)) {
    const bool accepted = std::holds_alternative<UpdateAccepted>(out[0]);
    for (size_t i = service_.executions.size(); accepted && i > 0; --i) {
      const Held& held = service_.executions[i - 1];
      if (held.deleted || held.id.job != update->execution.job) continue;
      if (held.id.number != update->execution.number) continue;
      CheckAccepted(i - 1, update->status);
      break;
    }
    if (story_ != nullptr) {
      Tell("service: " + std::string(accepted ? "accepted " : "refused ") +
           std::string(kedge::ToString(update->status)) + " for " + update->execution.job.value);
    }
  }
  Publish(std::move(out), true, &item.asked);
}

void World::On(ToDevice& item) {
  if ((!link_ && !item.passed) || !agent_up_) {
    ++lost_;
    return;
  }
  if (options_.wire) {
    auto read = ReadReply(item.wire);
    if (!read) return Broken("a message that the agent does not understand: " + read.error().message);
    item.event = std::move(*read);
  }
  if (const auto* accepted = std::get_if<UpdateAccepted>(&item.event)) {
    if (accepted->token == update_in_flight_) update_in_flight_.clear();
    const bool waits =
        state_.current && state_.current->update && state_.current->update->token == accepted->token;
    if (!waits) ++lost_;  // it turned back meanwhile, and does not look at this any more
  } else if (const auto* rejected = std::get_if<UpdateRejected>(&item.event)) {
    if (rejected->token == update_in_flight_) update_in_flight_.clear();
  } else if (const auto* described = std::get_if<Described>(&item.event)) {
    LearnAnswer(described->execution, item.asked);
  }
  Deliver(std::move(item.event));
}

void World::On(LinkComes&) {
  if (link_) return;
  link_waits_ = IsCutOff();
  if (link_waits_) return;
  link_ = true;
  ++connection_;
  Tell("the link is up");
  if (agent_up_) Deliver(LinkUp{});
}

void World::LinkGoes() {
  link_ = false;
  ++lost_;
  update_in_flight_.clear();
  ForgetMessages(false);
}

bool World::IsCutOff() const {
  for (size_t job = 0; job < scenario_->jobs.size(); ++job) {
    const auto& steps = scenario_->jobs[job].steps;
    for (size_t step = 0; step < steps.size(); ++step) {
      if (CutsOff(steps[step].net) && cells_[job][step][0] > 0) return true;
    }
  }
  return false;
}

// What cut the device off is gone: the link finds its way again by itself.
void World::LookForLink() {
  if (IsCutOff()) return;
  link_waits_ = false;
  At(now_ + kLinkTakes, LinkComes{});
}

// The connection goes, and a new one comes about as the step has it. What the old one has brought by now, and
// the agent has not seen yet, reaches it all the same; what it had sent reaches the service.
void World::Do(const Reconnect&) {
  const bool durable = journal_->current && journal_->current->phase == Phase::kConnecting;
  if (!durable && DiskTakes()) Broken("I5: a new connection before the wait for it is durable");
  Truth* truth = state_.current ? TruthOf(state_.current->id) : nullptr;
  if (truth == nullptr) return Broken("I5: a new connection for no execution");
  truth->connects_since = now_;
  if (!link_) return;  // it comes when it comes
  for (Item& item : agenda_) {
    auto* message = std::get_if<ToDevice>(&item.what);
    if (message == nullptr || item.at > now_ + kPassesOn) continue;
    message->passed = true;
    item.at = now_;
  }
  link_ = false;
  ++lost_;
  update_in_flight_.clear();
  At(now_, ToAgent{LinkDown{"asked to connect anew"}});
  const size_t job = service_.executions[*service_.Find(state_.current->id)].job;
  At(now_ + Takes(scenario_->jobs[job].steps[state_.current->cursor].net), LinkComes{});
}

void World::ForgetMessages(bool to_service) {
  std::erase_if(agenda_, [to_service](const Item& item) {
    return std::holds_alternative<ToDevice>(item.what) ||
           (to_service && std::holds_alternative<ToService>(item.what));
  });
}

}  // namespace kedge::sim
