#include "board/cuts/facts.h"

#include <stdexcept>

namespace kedge::board {

using nlohmann::json;

Facts MakeFacts(const Work& work, const json& status, const json& show, const std::string& listing,
                const std::string& begun) {
  if (!status.is_object()) throw std::runtime_error("kedge status says nothing");
  Facts facts;
  facts.recovering = status.value("recovering", true);
  facts.quarantined = status.contains("quarantine");
  if (show.is_object()) {
    facts.status = show.value("status", "");
    facts.verdict = show.value("verdict", "");
    facts.closed = show.contains("closedAt");
  }
  facts.files = Compare(work, listing);
  facts.begun = begun;
  return facts;
}

}  // namespace kedge::board
