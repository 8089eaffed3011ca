// Logging: one place that knows spdlog. Goes to stderr, with <N> priority prefixes when stderr is the journal
// (sd_notify's convention), plain with a time otherwise. Libraries in the rooms do not log; the shell does.
#pragma once

#include <string>
#include <string_view>

namespace kedge::sys {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// Once, before the first line. `level`: the least level that is printed.
void StartLog(const std::string& program, LogLevel level);
void Log(LogLevel level, std::string_view line);

// Tells systemd (sd_notify); does nothing when not started by it. "READY=1", "STATUS=...", "STOPPING=1",
// "WATCHDOG=1".
void NotifySystemd(const std::string& state);

}  // namespace kedge::sys
