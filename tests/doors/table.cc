#include "doors/table.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "rig/files.h"

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

std::string Padded(std::string text, size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
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

std::string TableText(const std::vector<Result>& results) {
  std::string text;
  for (const std::string& situation : SituationNames()) {
    bool headed = false;
    for (const auto& [cell, said] : results) {
      if (cell.situation != situation) continue;
      if (!headed) text += (text.empty() ? "" : "\n") + situation + "\n";
      headed = true;
      const std::string line = said.substr(0, said.find('\n'));
      const size_t colon = std::min(line.find(": "), line.size());
      text += "  " + Padded(cell.door, 8) + (cell.force ? "forced    " : "graceful  ") +
              Padded(line.substr(0, colon), 32) + line.substr(std::min(colon + 2, line.size())) + "\n";
    }
  }
  return text;
}

std::string WrongText(const std::vector<Result>& results) {
  std::string text;
  for (const Result& result : results) {
    if (result.good()) continue;
    text += ToString(result.cell) + "\n  expected " + ToString(Expected(result.cell)) + "\n  got      " +
            result.said + "\n";
  }
  return text;
}

void WriteResults(const std::string& path, const std::vector<Result>& results) {
  rig::json all = rig::json::array();
  for (const auto& [cell, said] : results) {
    all.push_back(
        {{"door", cell.door}, {"force", cell.force}, {"situation", cell.situation}, {"result", said}});
  }
  rig::WriteFile(path, all.dump(1) + "\n");
}

std::vector<Result> ReadResults(const std::string& path) {
  if (!rig::Exists(path)) throw std::runtime_error(path + " is not there; run: ctest -R 'doors'");
  std::vector<Result> results;
  for (const auto& one : rig::json::parse(rig::ReadIfThere(path))) {
    results.push_back({{one.at("door"), one.at("force"), one.at("situation")}, one.at("result")});
  }
  return results;
}

}  // namespace kedge::doors
