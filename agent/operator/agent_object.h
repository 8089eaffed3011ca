// The operator's door into kedged: the D-Bus object /org/kedge/Agent1 with the interface org.kedge.Agent1
// (systemd/org.kedge.Agent1.xml). The only server that kedged is, and a local one.
//
// One object, two doors. Always: peer to peer on a Unix socket, whoever connects. Where there is a system
// bus: under the name org.kedge.Agent1 as well. Anyone may read; root and the agent's own user may change,
// and on the system bus whom polkit lets. Who calls is told by the kernel (SO_PEERCRED), or by the bus
// daemon; never by the message. DBUS.md is the page for who writes a client.
//
// Everything runs on the loop and nothing waits in it: a change becomes a question to the daemon, and the
// caller is answered when the daemon answers, or told after OperatorConfig::answer_limit that it has not.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "core/action.h"
#include "core/event.h"
#include "core/result.h"
#include "operator/bus.h"
#include "operator/live_output.h"
#include "operator/properties.h"
#include "sys/event_loop.h"

namespace kedge::op {

struct OperatorConfig {
  std::string thing;
  std::string version;
  std::string socket;      // path; its folder is made when missing
  bool system_bus = true;  // serve there too, if there is one
  std::chrono::milliseconds answer_limit{10000};
  // How long polkit may take to decide: by its rules, and with a person who is asked for a password.
  std::chrono::milliseconds polkit_limit{20000};
  std::chrono::milliseconds polkit_person_limit{120000};
};

struct Callbacks {
  // `request` is the door's number for the question, above 0; the answer to it comes through Answer, also
  // from within the callback.
  std::function<void(const CancelRequested&)> cancel;
  std::function<void(const ClearRequested&)> clear;
  std::function<void(const RollbackRequested&)> rollback;
  // Reads the configuration again; answered at once, for it is no decision about a job.
  std::function<kedge::Answer()> reload;
  std::function<std::string()> status;  // StatusJson of now
  std::function<OutputSince(uint64_t after)> output;
  // The language of CancelExecution: the text of a request to what is meant by it (the error: why it is
  // refused), and an answer to text. Both are the business of jobs/ and the same for every door.
  std::function<Result<CancelRequested>(const std::string& text, const std::string& origin)> read_cancel{};
  std::function<std::string(const kedge::Answer& answer)> write_cancel_answer{};
};

class Door;
class PeerDoor;
class BusDoor;
struct Wish;

class AgentObject {
 public:
  // Fails when the socket cannot be made: without it nobody could call a job off. No system bus is no
  // failure.
  static Result<std::unique_ptr<AgentObject>> Start(sys::EventLoop& loop, const OperatorConfig& config,
                                                    Callbacks callbacks);
  ~AgentObject();
  AgentObject(const AgentObject&) = delete;
  AgentObject& operator=(const AgentObject&) = delete;

  // To a question that is not open (any more): ignored.
  void Answer(const kedge::Answer& answer);
  // Something that the status tells may have changed: tells the listeners soon, many changes as one.
  void StatusChanged();
  // For log and status: "/run/kedge/operator.sock and the system bus as org.kedge.Agent1".
  std::string Doors() const;

  // For the doors: a call has come in by `door`. `uid`: of the caller, as the kernel or the bus daemon says.
  const OperatorConfig& config() const { return config_; }
  std::string Status() const { return callbacks_.status(); }
  // Of now: read anew after a change, and kept until the next.
  const Properties& properties();
  int OnCancel(Door& door, sd_bus_message* call, uid_t uid);
  int OnCancelExecution(Door& door, sd_bus_message* call, uid_t uid);
  int OnClear(Door& door, sd_bus_message* call, uid_t uid);
  int OnRollback(Door& door, sd_bus_message* call, uid_t uid);
  int OnReload(Door& door, sd_bus_message* call, uid_t uid);
  int OnGetOutput(Door& door, sd_bus_message* call, uid_t uid);

 private:
  // A question without arguments, to the agent.
  template <typename Request>
  int PassOn(Door& door, sd_bus_message* call, uid_t uid, const Wish& wish,
             const std::function<void(const Request&)>& callback);

  struct Question {
    BusMessage call;
    sys::Handle deadline;
    bool as_text = false;  // answered by write_cancel_answer; else by a boolean and a sentence
  };

  AgentObject(sys::EventLoop& loop, const OperatorConfig& config, Callbacks callbacks);
  int64_t Ask(sd_bus_message* call);

  sys::EventLoop& loop_;
  const OperatorConfig config_;
  const Callbacks callbacks_;
  int64_t next_request_ = 1;
  std::map<int64_t, Question> open_;
  sys::Handle change_timer_;
  Properties properties_;
  bool properties_stale_ = true;
  std::set<std::string> changed_;  // properties that the listeners know otherwise, or may
  std::unique_ptr<PeerDoor> peers_;
  std::unique_ptr<BusDoor> bus_;
};

}  // namespace kedge::op
