// Unix sockets that kedged listens on: one way to make them, whoever comes in by them.
#pragma once

#include <sys/types.h>
#include <sys/un.h>

#include <optional>
#include <string>

#include "core/result.h"
#include "sys/files.h"

namespace kedge::sys {

// kInvalid for a path that is empty or too long for a socket (107 bytes).
Result<sockaddr_un> UnixAddress(const std::string& path);

struct UnixListenerConfig {
  std::string path;            // its folder is made when missing (0755)
  int type = 0;                // SOCK_STREAM or SOCK_SEQPACKET
  mode_t mode = 0;             // who may connect
  std::optional<gid_t> group;  // of the socket file; absent: our own
  int backlog = 0;
};
// A socket file that a dead program left is replaced; one that somebody listens on is not ours to take
// (kBusy). Non-blocking and close-on-exec. The caller removes the file in the end.
Result<Fd> ListenOnUnix(const UnixListenerConfig& config);

}  // namespace kedge::sys
