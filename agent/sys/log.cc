#include "sys/log.h"

// The journal is told which program it was, not which line of it: lines move.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

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

// Set by StartLog: lines go to the journal's own socket, which takes fields.
bool to_journal = false;

char Priority(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return SD_DEBUG[1];
    case LogLevel::kInfo:
      return SD_INFO[1];
    case LogLevel::kWarning:
      return SD_WARNING[1];
    case LogLevel::kError:
      break;
  }
  return SD_ERR[1];
}

// False when the journal does not take it.
bool SendToJournal(LogLevel level, const std::string& line, const LogFields& fields) {
  std::vector<std::string> texts = {"MESSAGE=" + line, std::string("PRIORITY=") + Priority(level),
                                    "SYSLOG_IDENTIFIER=" + spdlog::default_logger_raw()->name()};
  for (const auto& [name, value] : fields) texts.push_back(name + "=" + value);
  std::vector<iovec> parts;
  for (std::string& text : texts) parts.push_back({text.data(), text.size()});
  return sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) == 0;
}

}  // namespace

void StartLog(const std::string& program, LogLevel level) {
  auto logger = std::make_shared<spdlog::logger>(program, std::make_shared<spdlog::sinks::stderr_sink_mt>());
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  const bool journal = StderrIsJournal();
  // Where its own socket is missing, sd_journal_sendv drops what it is given and reports success.
  to_journal = journal && access("/run/systemd/journal/socket", W_OK) == 0;
  if (journal) {
    formatter->add_flag<JournalPriority>('*').set_pattern("%*%v");
  } else {
    formatter->set_pattern("%Y-%m-%d %H:%M:%S.%e %n %l: %v");
  }
  logger->set_formatter(std::move(formatter));
  logger->set_level(Level(level));
  spdlog::set_default_logger(std::move(logger));
}

void SetLogLevel(LogLevel level) { spdlog::default_logger_raw()->set_level(Level(level)); }

void Log(LogLevel level, std::string_view line, const LogFields& fields) {
  spdlog::logger* logger = spdlog::default_logger_raw();
  if (!logger->should_log(Level(level))) return;
  const std::string clean = OneLine(line);
  if (to_journal && SendToJournal(level, clean, fields)) return;
  logger->log(Level(level), clean);
}

void NotifySystemd(const std::string& state) { sd_notify(0, state.c_str()); }

}  // namespace kedge::sys
