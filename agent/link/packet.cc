#include "link/packet.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace kedge::link {
namespace {

using nlohmann::json;

json ToJson(const Hello& hello) { return {{"type", "hello"}, {"version", hello.version}}; }
json ToJson(const Up&) { return {{"type", "up"}}; }
json ToJson(const Down& down) { return {{"type", "down"}, {"reason", down.reason}}; }
json ToJson(const Message& message) {
  json object = {{"type", "message"}, {"topic", message.topic}, {"payload", message.payload}};
  if (message.retained) object["retained"] = true;
  return object;
}
json ToJson(const Published& published) { return {{"type", "published"}, {"id", published.id}}; }
json ToJson(const Subscribe& subscribe) { return {{"type", "subscribe"}, {"filters", subscribe.filters}}; }
json ToJson(const Publish& publish) {
  return {{"type", "publish"},
          {"id", publish.id},
          {"topic", publish.topic},
          {"payload", publish.payload},
          {"retain", publish.retain}};
}

Packet FromJson(const json& object) {
  const std::string& type = object.at("type").get_ref<const std::string&>();
  const auto text = [&object](const char* member) { return object.at(member).get_ref<const std::string&>(); };
  const auto number = [&object](const char* member) {
    const json& value = object.at(member);
    if (!value.is_number_integer())
      throw std::invalid_argument(std::string(member) + " is not a whole number");
    return value.get<int64_t>();
  };
  if (type == "hello") return Hello{static_cast<int>(number("version"))};
  if (type == "up") return Up{};
  if (type == "down") return Down{text("reason")};
  if (type == "message") return Message{text("topic"), text("payload"), object.value("retained", false)};
  if (type == "published") return Published{number("id")};
  if (type == "subscribe") {
    Subscribe subscribe;
    const json& filters = object.at("filters");
    if (!filters.is_array()) throw std::invalid_argument("filters is not an array");
    for (const json& filter : filters) subscribe.filters.push_back(filter.get_ref<const std::string&>());
    return subscribe;
  }
  if (type == "publish") {
    return Publish{number("id"), text("topic"), text("payload"), object.at("retain").get<bool>()};
  }
  throw std::invalid_argument("unknown type '" + type + "'");
}

}  // namespace

Result<std::string> Encode(const Packet& packet) {
  try {
    std::string text = std::visit([](const auto& alternative) { return ToJson(alternative); }, packet).dump();
    if (text.size() > kMaxPacket) {
      return Unexpected{ErrorKind::kInvalid, "a packet of " + std::to_string(text.size()) +
                                                 " bytes is longer than " + std::to_string(kMaxPacket)};
    }
    return text;
  } catch (const json::exception&) {  // the only thing that dump() objects to
    return Unexpected{ErrorKind::kInvalid, "text that is not valid UTF-8"};
  }
}

Result<Packet> Decode(std::string_view text) {
  try {
    return FromJson(json::parse(text));
  } catch (const std::exception& error) {
    return Unexpected{ErrorKind::kInvalid, std::string("malformed packet: ") + error.what()};
  }
}

}  // namespace kedge::link
