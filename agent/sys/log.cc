#include "sys/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include <cstdlib>
#include <memory>
#include <utility>

namespace kedge::sys {
namespace {

spdlog::level::level_enum Level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      break;
  }
  return spdlog::level::err;
}

// The journal's "<N>" before a line (sd-daemon(3)).
class JournalPriority : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const std::string_view priority = message.level >= spdlog::level::err    ? SD_ERR
                                      : message.level == spdlog::level::warn ? SD_WARNING
                                      : message.level == spdlog::level::info ? SD_INFO
                                                                             : SD_DEBUG;
    out.append(priority.data(), priority.data() + priority.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<JournalPriority>();
  }
};

// Whether stderr is the very stream that systemd connected: the variable alone is inherited by anyone.
bool StderrIsJournal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat found {};
  if (stream == nullptr || fstat(2, &found) != 0) return false;
  return std::to_string(found.st_dev) + ":" + std::to_string(found.st_ino) == stream;
}

// One call is one line, whatever a job document or a child put into it.
std::string OneLine(std::string_view line) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string clean;
  clean.reserve(line.size());
  for (const char character : line) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte == '\t' || (byte >= 0x20 && byte != 0x7f)) {
      clean += character;
    } else if (byte == '\n') {
      clean += "\\n";
    } else {
      clean.append("\\x").append({kHex[byte >> 4], kHex[byte & 15]});
    }
  }
  return clean;
}

}  // namespace

void StartLog(const std::string& program, LogLevel level) {
  auto logger = std::make_shared<spdlog::logger>(program, std::make_shared<spdlog::sinks::stderr_sink_mt>());
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  if (StderrIsJournal()) {
    formatter->add_flag<JournalPriority>('*').set_pattern("%*%v");
  } else {
    formatter->set_pattern("%Y-%m-%d %H:%M:%S.%e %n %l: %v");
  }
  logger->set_formatter(std::move(formatter));
  logger->set_level(Level(level));
  spdlog::set_default_logger(std::move(logger));
}

void Log(LogLevel level, std::string_view line) {
  spdlog::logger* logger = spdlog::default_logger_raw();
  if (logger->should_log(Level(level))) logger->log(Level(level), OneLine(line));
}

void NotifySystemd(const std::string& state) { sd_notify(0, state.c_str()); }

}  // namespace kedge::sys
