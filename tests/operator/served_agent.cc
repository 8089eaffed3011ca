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

ServedAgent::ServedAgent(bool system_bus, std::chrono::milliseconds answer_limit,
                         std::chrono::milliseconds polkit_limit) {
  decide = [this](int64_t request) { object->Answer({request, true, "done"}); };
  auto started = AgentObject::Start(
      loop,
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
       .read_cancel = [this](const std::string& text, const std::string& origin) -> Result<CancelRequested> {
         cancel_texts.push_back(text);
         if (text == "wrong") return Unexpected{ErrorKind::kInvalid, "no request"};
         CancelRequested request;
         request.origin = origin;
         return request;
       },
       .write_cancel_answer =
           [](const Answer& answer) {
             return (answer.accepted ? "yes: " : "no: ") + answer.text +
                    (answer.code ? ": " + std::string(ToString(*answer.code)) : "");
           }});
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
