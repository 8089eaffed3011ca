// `kedge doctor`: looks at this device and tells, check by check, what is fine, what is not, and what to do
// about it.
//
// Changes nothing: the one file that it writes, to measure the disk, has no name and is gone at once. Works
// without the daemon, without root, without a network, without systemd, and then says what it could not look
// at. Never hangs: each check is done in a process of its own, with a limit. A kedge-link that is connected
// is not disturbed. DOCTOR.md: every check, and the JSON.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "core/result.h"
#include "doctor/device.h"
#include "operator/terminal.h"

namespace kedge::doctor {

struct Io {
  std::function<void(const std::string&)> out;  // any text
  std::function<void(const std::string&)> err;  // a sentence
  // What a kedged that listens at this socket (or at the system bus) says of itself, as JSON (StatusJson of
  // operator/). kUnavailable: none does.
  std::function<Result<std::string>(const std::string& socket)> status;
  op::Look look = {};
  Device device = {};
};

// `arguments`: what stands behind "doctor". Gives the exit status: 0 no problem, warnings at most; 1 a
// problem; 2 wrong use.
int Doctor(const std::vector<std::string>& arguments, const Io& io);

// `kedge doctor --help`.
extern const char kHelp[];

}  // namespace kedge::doctor
