// The packets between kedged and kedge-link: one JSON object a SOCK_SEQPACKET packet, at most kMaxPacket
// bytes.
//   link  -> agent: {"type":"hello","version":1}, {"type":"up"}, {"type":"down","reason":S},
//                   {"type":"message","topic":S,"payload":S,"retained":true (else absent)},
//                   {"type":"published","id":N} (the broker's PUBACK)
//   agent -> link:  {"type":"subscribe","filters":[S,...]},
//   {"type":"publish","id":N,"topic":S,"payload":S,"retain":B}
// `hello` comes first and is answered with `subscribe`. Unknown members are ignored; an unknown type, a
// missing or mistyped member is an error, and the reader then drops the connection. All text is UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.h"

namespace kedge::link {

inline constexpr int kProtocolVersion = 1;

// A packet must fit into the send buffer of a socket, which an unprivileged process cannot raise above twice
// net.core.wmem_max: 320 KiB on 32-bit kernels, 416 KiB on 64-bit ones. AWS's largest payload (128 KB) fits
// even with every second character escaped.
inline constexpr size_t kMaxPacket = 300 * 1024;

struct Hello {
  int version = kProtocolVersion;
};
struct Up {};
struct Down {
  std::string reason;
};
struct Message {
  std::string topic;
  std::string payload;
  bool retained = false;  // the broker had kept it, and sends it because of the subscription
};
struct Published {
  int64_t id = 0;
};
struct Subscribe {
  std::vector<std::string> filters;
};
struct Publish {
  int64_t id = 0;
  std::string topic;
  std::string payload;
  bool retain = false;
};
using Packet = std::variant<Hello, Up, Down, Message, Published, Subscribe, Publish>;

// kInvalid: a text is not UTF-8, or the packet would be longer than kMaxPacket.
Result<std::string> Encode(const Packet& packet);
// kInvalid: says what is wrong with `text`.
Result<Packet> Decode(std::string_view text);

}  // namespace kedge::link
