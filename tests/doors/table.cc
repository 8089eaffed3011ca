#include "doors/table.h"

#include <map>
#include <stdexcept>

namespace kedge::doors {
namespace {

// Four ways to be answered: the service's two faces, and the device's, which is the same at its three doors.
struct Row {
  Outcome aws_graceful, aws_forced, oci_graceful, oci_forced, device_graceful, device_forced;
};

const char* const kOver = "InvalidStateTransition";
const char* const kAwsOver = "InvalidStateTransitionException";

const std::map<std::string, Row>& Rows() {
  static const std::map<std::string, Row> kRows = {
      // The device has nothing; the job waits at the service, which is where it can be taken out.
      {"nothing-running",
       {{"accepted", "CANCELED"},
        {"accepted", "CANCELED"},
        {"accepted", "CANCELED/CANCELED"},
        {"accepted", "CANCELED/CANCELED"},
        {"ResourceNotFound", "QUEUED"},
        {"ResourceNotFound", "QUEUED"}}},
      // AWS has no graceful cancel of what is IN_PROGRESS: that is what the other doors are for.
      {"step-running",
       {{kAwsOver, "SUCCEEDED, step let end"},
        {"accepted", "CANCELED, safe, step stopped"},
        {"accepted", "CANCELED/FAILED, safe, step let end"},
        {"accepted", "CANCELED/CANCELED, safe, step stopped"},
        {"accepted", "FAILED, safe, step let end"},
        {"accepted", "FAILED, safe, step stopped"}}},
      {"uninterruptible-step",
       {{kAwsOver, "SUCCEEDED, step let end"},
        {"accepted", "CANCELED, safe, step let end"},
        {"accepted", "CANCELED/FAILED, safe, step let end"},
        {"accepted", "CANCELED/CANCELED, safe, step let end"},
        {"accepted", "FAILED, safe, step let end"},
        {"accepted", "FAILED, safe, step let end"}}},
      // Taking back is never cut short.
      {"rolling-back",
       {{kAwsOver, "FAILED, safe"},
        {"accepted", "CANCELED, safe"},
        {"accepted", "CANCELED/FAILED, safe"},
        {"accepted", "CANCELED/CANCELED, safe"},
        {"accepted", "FAILED, safe"},
        {"accepted", "FAILED, safe"}}},
      {"finished",
       {{kAwsOver, "SUCCEEDED"},
        {kAwsOver, "SUCCEEDED"},
        {"Conflict", "SUCCEEDED/SUCCEEDED"},
        {"Conflict", "SUCCEEDED/SUCCEEDED"},
        {kOver, "SUCCEEDED"},
        {kOver, "SUCCEEDED"}}},
      {"unknown-job",
       {{"ResourceNotFoundException", "the other one SUCCEEDED, step let end"},
        {"ResourceNotFoundException", "the other one SUCCEEDED, step let end"},
        {"NotAuthorizedOrNotFound", "the other one SUCCEEDED/SUCCEEDED, step let end"},
        {"NotAuthorizedOrNotFound", "the other one SUCCEEDED/SUCCEEDED, step let end"},
        {"ResourceNotFound", "the other one SUCCEEDED, step let end"},
        {"ResourceNotFound", "the other one SUCCEEDED, step let end"}}},
      {"stale-version",
       {{"VersionConflictException", "SUCCEEDED, step let end"},
        {"VersionConflictException", "SUCCEEDED, step let end"},
        {"NoEtagMatch", "SUCCEEDED/SUCCEEDED, step let end"},
        {"NoEtagMatch", "SUCCEEDED/SUCCEEDED, step let end"},
        {"VersionMismatch", "SUCCEEDED, step let end"},
        {"VersionMismatch", "SUCCEEDED, step let end"}}}};
  return kRows;
}

}  // namespace

std::vector<Cell> AllCells() {
  std::vector<Cell> cells;
  for (const std::string& door : DoorNames()) {
    for (const bool force : {false, true}) {
      for (const std::string& situation : SituationNames()) cells.push_back({door, force, situation});
    }
  }
  return cells;
}

Outcome Expected(const Cell& cell) {
  const auto row = Rows().find(cell.situation);
  if (row == Rows().end()) throw std::runtime_error("no situation " + cell.situation);
  if (cell.door == "aws") return cell.force ? row->second.aws_forced : row->second.aws_graceful;
  if (cell.door == "oci") return cell.force ? row->second.oci_forced : row->second.oci_graceful;
  return cell.force ? row->second.device_forced : row->second.device_graceful;
}

}  // namespace kedge::doors
