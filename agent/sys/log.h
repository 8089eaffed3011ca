// Logging: one place that knows spdlog. Goes to stderr, plain with a time; or, where stderr is systemd's
// journal, there with fields (systemd.journal-fields(7)). Libraries in the rooms do not log; the shell does.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kedge::sys {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// Once, before the first line. `level`: the least level that is printed.
void StartLog(const std::string& program, LogLevel level);
// What the journal can be searched by: {"KEDGE_JOB", "firmware-42"}. Names of A-Z and _. Elsewhere they are
// left out: the line says it already.
using LogFields = std::vector<std::pair<std::string, std::string>>;
void Log(LogLevel level, std::string_view line, const LogFields& fields = {});

// From now on.
void SetLogLevel(LogLevel level);

// Tells systemd (sd_notify); does nothing when not started by it. "READY=1", "STATUS=...", "STOPPING=1",
// "WATCHDOG=1".
void NotifySystemd(const std::string& state);

}  // namespace kedge::sys
