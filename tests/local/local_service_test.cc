// The service of a local run, as the device meets it: requests as the device encodes them, answers as events.
#include "local/local_service.h"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "jobs/requests.h"

namespace kedge::local {
namespace {

using What = decltype(Event::what);

class Bench {
 public:
  Bench() {
    ServiceExecution queued;
    queued.id = id;
    queued.document = "{}";
    service = std::make_unique<LocalService>(
        topics, queued,
        LocalService::Callbacks{[this](What what) { told.push_back(std::move(what)); },
                                [this](const ServiceExecution& now) { updates.push_back(now.status); },
                                [this] { ++connections; }});
  }
  template <typename Request>
  void Send(const Request& request) {
    told.clear();
    const jobs::Message message = jobs::Encode(topics, request);
    service->Publish(message.topic, message.payload, false);
  }
  SendUpdate Update(JobStatus status, std::optional<int64_t> version) const {
    return {"t", id, status, {{"step", "1/1"}}, version};
  }
  template <typename Answer>
  const Answer& Only() const {
    REQUIRE(told.size() == 1);
    REQUIRE(std::holds_alternative<Answer>(told[0]));
    return std::get<Answer>(told[0]);
  }

  const jobs::Topics topics = *jobs::Topics::For("pi-1");
  const ExecutionId id{JobId{"local-1"}, kLocalNumber, 7};
  std::unique_ptr<LocalService> service;
  std::vector<What> told;
  std::vector<JobStatus> updates;
  int connections = 0;
};

TEST_CASE("local service: the one execution is offered, until it is over") {
  Bench bench;
  bench.service->Notify();
  CHECK(bench.Only<Offered>().source == Source::kNotifyNext);
  bench.Send(AskNext{"a"});
  CHECK(bench.Only<Offered>().token == "a");
  CHECK(bench.Only<Offered>().execution.id == bench.id);
  CHECK(bench.Only<Offered>().execution.document == "{}");
  bench.Send(bench.Update(JobStatus::kSucceeded, 1));
  bench.Send(AskNext{"b"});
  CHECK(bench.Only<NothingNext>().token == "b");
  CHECK(bench.updates == std::vector<JobStatus>{JobStatus::kSucceeded});
}

TEST_CASE("local service: an update counts with the right version, and each one makes the next") {
  Bench bench;
  bench.Send(bench.Update(JobStatus::kInProgress, 1));
  CHECK(bench.Only<UpdateAccepted>().token == "t");
  CHECK(bench.service->execution().version == 2);
  CHECK(bench.service->execution().details.at("step") == "1/1");
  bench.Send(bench.Update(JobStatus::kSucceeded, 1));
  const Rejection& stale = bench.Only<UpdateRejected>().rejection;
  CHECK(stale.code == RejectedCode::kVersionMismatch);
  CHECK(stale.state->version == 2);
  CHECK(stale.state->status == JobStatus::kInProgress);
  bench.Send(bench.Update(JobStatus::kSucceeded, std::nullopt));
  CHECK(bench.Only<UpdateAccepted>().job == bench.id.job);
}

TEST_CASE("local service: after a forced cancel nothing is accepted, and the refusal says why") {
  Bench bench;
  bench.Send(bench.Update(JobStatus::kInProgress, 1));
  bench.told.clear();
  CHECK(bench.service->CancelByForce({{"reason", "x"}}));
  CHECK(bench.Only<NothingNext>().source == Source::kNotifyNext);
  bench.Send(Describe{"d", bench.id});
  CHECK(bench.Only<DescribeRejected>().rejection.code == RejectedCode::kTerminalStateReached);
  bench.Send(bench.Update(JobStatus::kFailed, 3));
  const Rejection& over = bench.Only<UpdateRejected>().rejection;
  CHECK(over.code == RejectedCode::kInvalidStateTransition);
  CHECK(over.state->status == JobStatus::kCanceled);
  CHECK(over.state->details.at("reason") == "x");
  CHECK_FALSE(bench.service->CancelByForce({}));
}

TEST_CASE("local service: describe brings the document when it is wanted, and knows no other execution") {
  Bench bench;
  bench.Send(Describe{"d", bench.id, false});
  CHECK_FALSE(bench.Only<Described>().execution.document);
  bench.Send(Describe{"d", bench.id, true});
  CHECK(bench.Only<Described>().execution.document == "{}");
  ExecutionId other = bench.id;
  other.number = 1;
  bench.Send(Describe{"d", other});
  CHECK(bench.Only<DescribeRejected>().rejection.code == RejectedCode::kResourceNotFound);
  SendUpdate update = bench.Update(JobStatus::kFailed, 1);
  update.execution.number = 1;
  bench.Send(update);
  CHECK(bench.Only<UpdateRejected>().rejection.code == RejectedCode::kResourceNotFound);
}

TEST_CASE("local service: what is for nobody here is not answered, a new connection is passed on") {
  Bench bench;
  bench.service->Publish(bench.topics.StateTopic(), "{}", true);
  CHECK(bench.told.empty());
  bench.service->Reconnect();
  CHECK(bench.connections == 1);
}

}  // namespace
}  // namespace kedge::local
