#include "sys/rotating_file.h"

#include <fcntl.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>

#include <cerrno>
#include <exception>
#include <utility>

#include "sys/files.h"
#include "sys/log.h"

namespace kedge::sys {

struct RotatingFile::Sink {
  spdlog::sinks::rotating_file_sink_st file;
};

RotatingFile::RotatingFile(std::unique_ptr<Sink> sink) : sink_(std::move(sink)) {}
RotatingFile::RotatingFile(RotatingFile&&) noexcept = default;
RotatingFile& RotatingFile::operator=(RotatingFile&&) noexcept = default;
RotatingFile::~RotatingFile() = default;

Result<RotatingFile> RotatingFile::Open(const std::string& path, size_t max_bytes, size_t files) {
  // Ours first, for the mode: what steps print is nobody else's business.
  const Fd made(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!made) return Unexpected(ErrnoError("open " + path, errno));
  try {
    auto sink = std::unique_ptr<Sink>(new Sink{spdlog::sinks::rotating_file_sink_st(path, max_bytes, files)});
    sink->file.set_formatter(
        std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::local, ""));
    return RotatingFile(std::move(sink));
  } catch (const std::exception& why) {
    return Unexpected(ErrorKind::kIo, why.what());
  }
}

void RotatingFile::Write(std::string_view bytes) {
  if (!sink_) return;
  try {
    sink_->file.log(spdlog::details::log_msg("", spdlog::level::info, {bytes.data(), bytes.size()}));
    sink_->file.flush();
  } catch (const std::exception& why) {
    sink_.reset();
    Log(LogLevel::kWarning, std::string("no more output is written to the file: ") + why.what());
  }
}

}  // namespace kedge::sys
