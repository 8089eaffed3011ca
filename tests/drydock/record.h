// What the service must not forget, as records: a kind ("thing", "job", "execution", "oci-job", …), an id
// that is unique in its kind, and what is to be kept. Whoever owns a kind gives out its changed records after
// each request, and takes them all back, in the order of kind and id, when the program starts.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace kedge::drydock {

struct Record {
  std::string kind;
  std::string id;
  std::optional<nlohmann::json> body;  // absent: the record is gone
  std::string bytes = {};              // beside the body, for what is not text: any bytes
};

using Records = std::vector<Record>;

}  // namespace kedge::drydock
