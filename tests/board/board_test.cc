// The short one, for every commit: a board boots, does a job, is called off from another one, loses its power
// in a third, and has decided after the next boot before the network is back.
#include "board/board.h"

#include <doctest/doctest.h>

#include "board/work.h"

namespace kedge::board {
namespace {

TEST_CASE(
    "a board does a job, undoes a cancelled one, and has decided after a power cut without the network") {
  Board board;
  board.Start();
  MESSAGE("control after " << board.machine().times().control.count() << " ms");
  PrepareWork(board);
  const std::string before = board.Listing(kWorkFolder);

  board.CreateJob("cancelled", ThreeSteps(Last::kWaits));
  WaitForLastStep(board);
  CHECK(board.Listing(kWorkFolder) != before);
  board.ForceCancel("cancelled");
  board.WaitForRest();
  CHECK(board.service().Status("cancelled") == "CANCELED");
  REQUIRE(board.Verdict("cancelled") == "safe");
  CHECK(board.Listing(kWorkFolder) == before);

  board.CreateJob("cut", ThreeSteps(Last::kWaits));
  WaitForLastStep(board);
  board.machine().Cut();
  board.machine().Boot(/*network=*/false);
  board.machine().WaitUntilControl(kPatient);
  board.machine().Shell("kedge wait recovered", kPatient);
  CHECK(board.Kedge({"status"})["link"] != "up");
  CHECK(board.Listing(kWorkFolder) == before);
  board.machine().Network(true);
  CHECK(board.WaitForEnd("cut") == "FAILED");
  board.WaitForRest();
  CHECK(board.Verdict("cut") == "safe");

  board.CreateJob("done", ThreeSteps(Last::kEnds));
  CHECK(board.WaitForEnd("done") == "SUCCEEDED");
  CHECK(IsDone(board));
}

}  // namespace
}  // namespace kedge::board
