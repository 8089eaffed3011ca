// Keeps Paho initialised as long as the tests run. Paho C 1.3.12 frees its trace buffer with the last client,
// while a thread of that client may be about to trace its own end: it then makes a new buffer, which nobody
// frees, and LeakSanitizer fails a test of ours now and then. A program of ours ends soon after its last
// client.
#include <mqtt/async_client.h>

namespace {
[[maybe_unused]] const auto* const kKeeper = new mqtt::async_client("tcp://127.0.0.1:1", "keeper");
}  // namespace
