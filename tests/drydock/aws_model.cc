#include "aws_model.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <regex>

namespace kedge::drydock {

using nlohmann::json;

namespace {

constexpr const char* kFolder = "/usr/lib/python3/dist-packages/awscli/botocore/data/";

// The model's patterns are Java's: what std::regex does not know of them is put as ASCII has it.
std::string AsEcmaScript(std::string pattern) {
  const std::vector<std::pair<std::string, std::string>> others = {{"\\p{C}", "\\x00-\\x1f\\x7f"},
                                                                   {"\\p{Upper}", "A-Z"},
                                                                   {"\\p{Digit}", "0-9"},
                                                                   {"\\p{Graph}", "\\x21-\\x7e"},
                                                                   {"\\p{L}", "a-zA-Z"},
                                                                   {"\\p{Z}", " "},
                                                                   {"\\p{N}", "0-9"},
                                                                   {"]*+", "]*"}};
  for (const auto& [from, to] : others) {
    for (auto at = pattern.find(from); at != std::string::npos; at = pattern.find(from, at + to.size())) {
      pattern.replace(at, from.size(), to);
    }
  }
  return pattern;
}

bool Matches(const json& shape, const std::string& text) {
  if (!shape.contains("pattern")) return true;
  return std::regex_match(text, std::regex(AsEcmaScript(shape["pattern"])));
}

std::vector<json> WrongTexts(const json& shape, const std::string& right) {
  std::vector<json> texts = {"",    " ", "two\nlines", "\x07", "\x7f",      "a/b",
                             "a*b", "*", "word",       "WORD", right + "\n"};
  if (shape.contains("max")) {
    const auto length = shape["max"].get<std::size_t>() + 1;
    for (const char c : {right.empty() ? 'a' : right.back(), 'a', 'A'})
      texts.push_back(std::string(length, c));
    if (!right.empty())
      texts.push_back(right + std::string(length - std::min(length, right.size()), right.back()));
  }
  return texts;
}

std::vector<json> WrongNumbers(const json& shape) {
  std::vector<json> numbers;
  const double step = shape["type"] == "double" ? 0.01 : 1;
  const bool whole = shape["type"] != "double";
  const auto add = [&](double number) {
    numbers.push_back(whole ? json(static_cast<int64_t>(number)) : json(number));
  };
  if (shape.contains("min")) add(shape["min"].get<double>() - step);
  if (shape.contains("max")) add(shape["max"].get<double>() + step);
  return numbers;
}

std::vector<json> WrongLists(const json& shape, const json& right) {
  std::vector<json> lists;
  if (shape.contains("min")) lists.push_back(json::array());
  if (shape.contains("max")) {
    json longer = json::array();
    while (longer.size() <= shape["max"].get<std::size_t>()) longer.push_back(right.at(0));
    lists.push_back(longer);
  }
  return lists;
}

}  // namespace

AwsModel::AwsModel(const std::string& file) {
  std::ifstream in(kFolder + file);
  REQUIRE_MESSAGE(in, "there is no " << kFolder << file << ": install the package awscli");
  model_ = json::parse(in);
}

const AwsModel& AwsModel::Of(bool data_plane) {
  static const AwsModel control("iot/2015-05-28/service-2.json");
  static const AwsModel data("iot-jobs-data/2017-09-29/service-2.json");
  return data_plane ? data : control;
}

AwsModel::Operation AwsModel::Named(const std::string& name) const {
  REQUIRE_MESSAGE(model_["operations"].contains(name), "AWS has no " << name);
  const json& told = model_["operations"][name];
  Operation operation{.method = told["http"]["method"], .path = {}, .errors = {}};
  const std::string uri = told["http"]["requestUri"];
  for (std::size_t at = 1; at <= uri.size();) {
    const auto slash = std::min(uri.find('/', at), uri.size());
    operation.path.push_back(uri.substr(at, slash - at));
    at = slash + 1;
  }
  for (const json& error : told.value("errors", json::array())) {
    const std::string shape = error["shape"];
    operation.errors[shape] = model_["shapes"][shape]["error"]["httpStatusCode"];
  }
  return operation;
}

void AwsModel::Walk(const std::string& name, const std::string& pointer, const json& in,
                    std::vector<Member>& members) const {
  const json& shape = model_["shapes"][name];
  members.push_back({.place = "", .name = pointer, .shape = shape});
  if (shape["type"] == "structure") {
    for (const auto& [member, about] : shape["members"].items()) {
      Walk(about["shape"], pointer + "/" + about.value("locationName", member), in, members);
    }
  } else if (shape["type"] == "list") {
    Walk(shape["member"]["shape"], pointer + "/0", in, members);
  } else if (shape["type"] == "map") {
    members.push_back({.place = "",
                       .name = pointer,
                       .shape = model_["shapes"][shape["key"]["shape"].get<std::string>()],
                       .is_key_of_map = true});
    const json::json_pointer at(pointer);
    const json keys = in.contains(at) ? in.at(at) : json::object();
    for (const auto& [key, value] : keys.items()) {
      Walk(shape["value"]["shape"], pointer + "/" + key, in, members);
    }
  }
}

std::vector<AwsModel::Member> AwsModel::Members(const std::string& operation, const json& in) const {
  std::vector<Member> members;
  const json& told = model_["operations"][operation];
  if (!told.contains("input")) return members;
  const json& input = model_["shapes"][told["input"]["shape"].get<std::string>()];
  for (const auto& [member, about] : input["members"].items()) {
    const std::string name = about.value("locationName", member);
    const std::string shape = about["shape"];
    if (about.contains("location")) {
      members.push_back({.place = about["location"], .name = name, .shape = model_["shapes"][shape]});
    } else {
      Walk(shape, "/" + name, in, members);
    }
  }
  return members;
}

bool Allows(const json& shape, const json& value) {
  if (shape.contains("enum"))
    return std::find(shape["enum"].begin(), shape["enum"].end(), value) != shape["enum"].end();
  double size = 0;
  if (value.is_string()) {
    size = static_cast<double>(value.get_ref<const std::string&>().size());
    if (!Matches(shape, value)) return false;
  } else if (value.is_number()) {
    size = value.get<double>();
  } else {
    size = static_cast<double>(value.size());
  }
  return size >= shape.value("min", size) && size <= shape.value("max", size);
}

std::vector<json> WrongValues(const json& shape, const json& right) {
  const std::string type = shape["type"];
  std::vector<json> values;
  if (type == "string") values = WrongTexts(shape, right.is_string() ? right.get<std::string>() : "");
  if (type == "integer" || type == "long" || type == "double") values = WrongNumbers(shape);
  if (type == "list") values = WrongLists(shape, right);
  std::erase_if(values, [&](const json& value) { return Allows(shape, value); });
  return values;
}

}  // namespace kedge::drydock
