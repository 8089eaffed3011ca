// What happens to a device in the field, on one booted board, over the network, by the real `aws`. Each case
// ends in agreement: SUCCEEDED at the service, and what the job does is there; or any other end, all is as
// before, and the verdict is `safe`.
#include <doctest/doctest.h>

#include <memory>

#include "board/board.h"
#include "board/work.h"
#include "rig/files.h"

namespace kedge::board {
namespace {

constexpr const char* kNextPackage = "/var/tmp/next.deb";  // on the board

// Booted by the first case that asks for it; a case that has failed leaves none to the next.
class Booted {
 public:
  Booted() {
    if (!Kept()) {
      Kept() = std::make_unique<Board>();
      // Through the control channel it would take minutes.
      Kept()->machine().PlaceFile(kNextPackage, rig::ReadIfThere(Board::NextPackage()));
      Kept()->Start();
    }
    board_ = std::move(Kept());
    PrepareWork(*board_);
    before_ = board_->Listing(kWorkFolder);
  }
  ~Booted() {
    if (calm_) Kept() = std::move(board_);
  }
  Board& board() { return *board_; }
  Machine& machine() { return board_->machine(); }

  void ExpectAgreement(const std::string& job) {
    const std::string status = board_->WaitForEnd(job);
    board_->WaitForRest();
    INFO("job ", job, " is ", status, "\n", board_->Story(job));
    if (status == "SUCCEEDED") {
      CHECK(IsDone(*board_));
    } else {
      CHECK(board_->Listing(kWorkFolder) == before_);
      CHECK(board_->Verdict(job) == "safe");
    }
    calm_ = true;
  }

 private:
  static std::unique_ptr<Board>& Kept() {
    static std::unique_ptr<Board> kept;
    return kept;
  }

  std::unique_ptr<Board> board_;
  std::string before_;
  bool calm_ = false;
};

std::string Started(Machine& machine) { return machine.Shell("systemctl show -P InvocationID kedged"); }

TEST_CASE_FIXTURE(Booted, "a managed template") {
  board().CreateFromTemplate("template", "AWS-Run-Command", {{"command", "touch,/srv/template"}});
  CHECK(board().WaitForEnd("template") == "SUCCEEDED");
  CHECK(machine().Holds("test -f /srv/template && rm /srv/template"));
  board().CreateJob("after-template", ThreeSteps(Last::kEnds));
  ExpectAgreement("after-template");
}

TEST_CASE_FIXTURE(Booted, "a forced cancel in the third of three steps") {
  board().CreateJob("forced", ThreeSteps(Last::kWaits));
  WaitForLastStep(board());
  board().ForceCancel("forced");
  ExpectAgreement("forced");
  CHECK(board().service().Status("forced") == "CANCELED");
}

TEST_CASE_FIXTURE(Booted, "a reboot that a job asks for") {
  nlohmann::json document = ThreeSteps(Last::kEnds);
  auto& steps = document["steps"];
  steps.insert(steps.begin() + 1, ShellStep("test -e /srv/rebooted || { touch /srv/rebooted; exit 194; }"));
  board().CreateJob("reboot", document);
  machine().WaitForReboot(kPatient);
  ExpectAgreement("reboot");
  CHECK(machine().Holds("test -e /srv/rebooted && rm /srv/rebooted"));
  CHECK(board().service().Status("reboot") == "SUCCEEDED");
}

TEST_CASE_FIXTURE(Booted, "an upgrade of the package while a job runs") {
  board().CreateJob("upgraded", ThreeSteps(Last::kWaits));
  WaitForLastStep(board());
  const std::string before = Started(machine());
  machine().Shell(std::string("DEBIAN_FRONTEND=noninteractive dpkg --install ") + kNextPackage);
  CHECK(machine().Shell("dpkg-query -W -f '${Version}' kedge").starts_with("99.0"));
  board().WaitForLink();
  CHECK(Started(machine()) != before);
  ExpectAgreement("upgraded");
}

TEST_CASE_FIXTURE(Booted, "systemctl stop kedged while a job runs, and start") {
  board().CreateJob("stopped", ThreeSteps(Last::kWaits));
  WaitForLastStep(board());
  machine().Shell("systemctl stop kedged && test -z \"$(pgrep -f 'sleep 1000')\" && systemctl start kedged",
                  kPatient);
  board().WaitForLink();
  ExpectAgreement("stopped");
}

TEST_CASE_FIXTURE(Booted, "kill -9 of kedged while a job runs") {
  board().CreateJob("killed", ThreeSteps(Last::kWaits));
  WaitForLastStep(board());
  machine().Shell("systemctl reset-failed kedged; systemctl kill --kill-who=main -s KILL kedged");
  ExpectAgreement("killed");
}

TEST_CASE_FIXTURE(Booted, "a hung loop of kedged while a job runs: the watchdog") {
  board().CreateJob("hung", ThreeSteps(Last::kWaits));
  WaitForLastStep(board());
  const std::string before = Started(machine());
  machine().Shell("systemctl reset-failed kedged; systemctl kill --kill-who=main -s STOP kedged");
  board().WaitUntil("the watchdog's restart of kedged", [&] { return Started(machine()) != before; });
  CHECK(machine().Holds("journalctl -b -u kedged --no-pager | grep -q 'Watchdog timeout'"));
  ExpectAgreement("hung");
}

TEST_CASE_FIXTURE(Booted, "the cable is pulled while a job is cancelled, and put back") {
  board().CreateJob("unplugged", ThreeSteps(Last::kWaits));
  WaitForLastStep(board());
  machine().Network(false);
  board().ForceCancel("unplugged");
  machine().Network(true);
  ExpectAgreement("unplugged");
}

TEST_CASE_FIXTURE(Booted, "the clock is set back by a day, without the network, while a job runs") {
  board().CreateJob("clock", ThreeSteps(Last::kWaits));
  WaitForLastStep(board());
  machine().Network(false);
  machine().Shell("date -s '1 day ago'; systemctl restart kedge-link");
  machine().Network(true);
  board().WaitForLink();
  board().ForceCancel("clock");
  ExpectAgreement("clock");
  machine().Shell("date -s '+1 day'");
}

}  // namespace
}  // namespace kedge::board
