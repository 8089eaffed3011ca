// AWS's own model of the two services, as Debian's aws package has it: what the real command line goes by.
// For tests that must have every operation and every member, whatever their author thought of.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace kedge::drydock {

class AwsModel {
 public:
  // The package awscli must be there; the test fails where it is not.
  static const AwsModel& Of(bool data_plane);

  struct Operation {
    std::string method;
    std::vector<std::string> path;      // "things", "{thingName}", …
    std::map<std::string, int> errors;  // exception and HTTP status
  };
  // REQUIREs that there is one of this name.
  Operation Named(const std::string& operation) const;

  // A place in a request that takes a value.
  struct Member {
    std::string place;           // "uri", "querystring", "header" or "" for the body
    std::string name;            // in the path, in the query; in the body a JSON pointer, "/tags/0/Key"
    nlohmann::json shape;        // type, min, max, pattern, enum, required, …
    bool is_key_of_map = false;  // the rules are of the keys that the object at `name` has
  };
  // All of them, the containers too. Of a list, its entry 0 stands for all. `in` says which keys its maps
  // have.
  std::vector<Member> Members(const std::string& operation, const nlohmann::json& in) const;

 private:
  explicit AwsModel(const std::string& file);
  void Walk(const std::string& shape, const std::string& pointer, const nlohmann::json& in,
            std::vector<Member>& members) const;

  nlohmann::json model_;
};

// Does AWS's model allow the value there? Types are not looked at, only ranges, lengths, patterns and
// enumerations.
bool Allows(const nlohmann::json& shape, const nlohmann::json& value);

// Values of the right type that the model does not allow, made from one that it does: too short, too long,
// too small, too great, in none of the words, against the pattern.
std::vector<nlohmann::json> WrongValues(const nlohmann::json& shape, const nlohmann::json& right);

}  // namespace kedge::drydock
