#include "operator/served_agent.h"

#include <doctest/doctest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "sys/clock.h"
#include "sys/files.h"

namespace kedge::op {

TemporaryFolder::TemporaryFolder() {
  char name[] = "/tmp/kedge-operator-XXXXXX";
  REQUIRE(mkdtemp(name) != nullptr);
  REQUIRE(chmod(name, 0755) == 0);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() { std::filesystem::remove_all(path_); }

Outcome Run(const std::string& command) {
  FILE* pipe = popen(("exec 2>&1; " + command).c_str(), "re");
  REQUIRE(pipe != nullptr);
  Outcome outcome;
  char buffer[4096];
  for (size_t size; (size = fread(buffer, 1, sizeof buffer, pipe)) > 0;) outcome.output.append(buffer, size);
  const int status = pclose(pipe);
  if (WIFEXITED(status)) outcome.status = WEXITSTATUS(status);
  return outcome;
}

Outcome RunAsNobody(const std::string& command) {
  return Run("setpriv --reuid=65534 --regid=65534 --clear-groups -- " + command);
}

namespace {

// As much of the language of jobs/cancel.h as a client can tell from it.
Result<CancelRequested> ReadCancel(const std::string& text, const std::string& origin) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return Unexpected{ErrorKind::kInvalid, "no request"};
  CancelRequested request;
  if (json.contains("jobId")) request.job = JobId{json["jobId"].get<std::string>()};
  request.force = json.value("force", false);
  request.reason = json.value("reason", "");
  request.origin = origin;
  return request;
}

std::string WriteCancelAnswer(const Answer& answer) {
  nlohmann::json json = {{"accepted", answer.accepted}, {"message", answer.text}};
  if (answer.code) json["code"] = ToString(*answer.code);
  return json.dump();
}

}  // namespace

ServedAgent::ServedAgent(bool system_bus, std::chrono::milliseconds answer_limit,
                         std::chrono::milliseconds polkit_limit) {
  decide = [this](int64_t request) { object->Answer({request, true, "done"}); };
  auto started = AgentObject::Start(loop,
                                    {.thing = "pi-1",
                                     .version = "1.2.3",
                                     .socket = socket,
                                     .system_bus = system_bus,
                                     .answer_limit = answer_limit,
                                     .polkit_limit = polkit_limit,
                                     .polkit_person_limit = polkit_limit},
                                    {.cancel =
                                         [this](const CancelRequested& event) {
                                           cancels.push_back(event);
                                           decide(event.request);
                                         },
                                     .clear =
                                         [this](const ClearRequested& event) {
                                           clears.push_back(event);
                                           decide(event.request);
                                         },
                                     .rollback =
                                         [this](const RollbackRequested& event) {
                                           rollbacks.push_back(event);
                                           decide(event.request);
                                         },
                                     .reload =
                                         [this] {
                                           ++reloads;
                                           return Answer{0, reload_works, "thing: no\nservice.poll: no"};
                                         },
                                     .status = [this] { return status; },
                                     .output = [this](uint64_t after) { return printed.Since(after); },
                                     .read_cancel = ReadCancel,
                                     .write_cancel_answer = WriteCancelAnswer});
  REQUIRE_MESSAGE(started.has_value(), started.error().message);
  object = std::move(*started);
}

void ServedAgent::While(const std::function<void()>& client) {
  const sys::Fd done(eventfd(0, EFD_CLOEXEC));
  const auto watch = loop.OnFd(done.get(), EPOLLIN, [this](uint32_t) { loop.Stop(0); });
  const auto limit = loop.At(sys::BootMillis() + 60'000, [this] { loop.Stop(1); });
  std::thread thread([&] {
    client();
    const uint64_t one = 1;
    (void)!write(done.get(), &one, sizeof one);
  });
  const int result = loop.Run();
  if (result != 0) object.reset();  // so that the client's calls fail and its thread ends
  thread.join();
  REQUIRE_MESSAGE(result == 0, "the client did not come to its end within a minute");
}

}  // namespace kedge::op
