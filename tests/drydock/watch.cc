// drydock watch: asks a running drydock for its history, again and again, and prints it.

#include <httplib.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <iostream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "arguments.h"
#include "commands.h"
#include "rules.h"
#include "watch_line.h"

namespace kedge::drydock {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstDelay{200};
constexpr milliseconds kLongestDelay{5000};
constexpr int kWait = 25;  // seconds that drydock may wait for news

constexpr const char* kHelp = R"(drydock watch: print what happens in a running drydock, as it happens

usage: drydock watch [options]

  --http PORT | HOST:PORT  where drydock listens (default 8080)
  --thing NAME             only what concerns this thing
  --since start | now      everything that drydock still knows, or only what is new (default now)
  --json                   the history's own lines, for jq and the like
  --help

A line has the time, the thing, who spoke, and what:
  --> a device to the service    <-- the service to a device    operator, timer, fault, ...
It is cut to the terminal's width; colours are for terminals only (NO_COLOR=1: never). It goes on when drydock
is started anew, until SIGINT or SIGTERM.

examples:
  drydock watch --http 8080
  drydock watch --http 8080 --thing pi-1 --since start
  drydock watch --http 8080 --json | jq 'select(.kind == "fault")'
)";

struct WatchOptions {
  bool help = false;
  std::string host = "127.0.0.1";
  int port = 8080;
  std::string thing;
  bool json = false;
  bool since_start = false;

  std::string Address() const { return host + ":" + std::to_string(port); }
};

Result<WatchOptions> ParseWatchOptions(const std::vector<std::string>& words) {
  WatchOptions options;
  Arguments arguments("drydock watch --help");
  arguments.Flag("--help", options.help)
      .Flag("-h", options.help)
      .Flag("--json", options.json)
      .Address("--http", options.host, options.port)
      .Value("--thing",
             [&](const std::string& value) -> Result<void> {
               if (!IsThingName(value)) return arguments.Wrong("'" + value + "' is no thing's name");
               options.thing = value;
               return {};
             })
      .Value("--since", [&](const std::string& value) -> Result<void> {
        if (value != "start" && value != "now")
          return arguments.Wrong("--since needs start or now, not '" + value + "'");
        options.since_start = value == "start";
        return {};
      });
  if (const auto read = arguments.Read(words); !read) return Unexpected(read.error());
  return options;
}

std::string LocalTime(const nlohmann::json& entry) {
  const auto at = entry.is_object() ? entry.value("at", nlohmann::json()) : nlohmann::json();
  if (!at.is_number_integer()) return "";
  const int64_t ms = at.get<int64_t>();
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm local{};
  localtime_r(&seconds, &local);
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%H:%M:%S", &local);
  const std::string fraction = std::to_string(1000 + ms % 1000).substr(1);
  return std::string(text.data(), length) + "." + fraction;
}

Look Terminal() {
  if (isatty(STDOUT_FILENO) == 0) return {};
  winsize size{};
  const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  const char* no_colour = std::getenv("NO_COLOR");
  return {.width = known ? size.ws_col : 0U, .colour = no_colour == nullptr || *no_colour == '\0'};
}

class Watcher {
 public:
  explicit Watcher(WatchOptions options)
      : options_(std::move(options)), client_(options_.host, options_.port) {
    client_.set_keep_alive(true);
    client_.set_connection_timeout(5);
    client_.set_read_timeout(kWait + 10);
    if (options_.since_start) after_ = "0";
  }

  // Until Stop(); gives the exit status.
  int Run() {
    while (!stopping()) {
      const auto reply = client_.Get(Target());
      if (stopping()) break;
      if (!reply) {
        Lost(httplib::to_string(reply.error()));
      } else if (reply->status != 200) {
        Say(options_.Address() + " answers " + std::to_string(reply->status) +
            " to /drydock/history; is it drydock that listens there? " + reply->body);
        return 1;
      } else if (!Take(*reply)) {
        return 0;  // nobody reads any more
      }
    }
    return 0;
  }

  // From another thread.
  void Stop() {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    // Between two requests httplib has nothing to stop: again, until it is over.
    while (!ended_) {
      client_.stop();
      changed_.wait_for(lock, milliseconds(50), [this] { return ended_; });
    }
  }
  void End() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

 private:
  bool stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

  std::string Target() const {
    // Right after connecting it asks for what is there, so as to say that it watches before the first news.
    std::string target = "/drydock/history?after=" + after_;
    if (connected_) target += "&wait=" + std::to_string(kWait);
    if (!options_.thing.empty()) target += "&thing=" + options_.thing;
    return target;
  }

  void Lost(const std::string& why) {
    if (connected_ || delay_ == kFirstDelay) {
      Say("drydock does not answer at " + options_.Address() + " (" + why + "); trying on");
    }
    connected_ = false;
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, delay_, [this] { return stopping_; });
    delay_ = std::min(2 * delay_, kLongestDelay);
  }

  // False when standard output is closed.
  bool Take(const httplib::Response& reply) {
    delay_ = kFirstDelay;
    const std::string run = reply.get_header_value("drydock-run");
    if (!run_.empty() && run != run_) {
      Say("drydock was started anew");
      run_ = run;
      after_ = "0";
      return true;
    }
    if (!connected_) Say("watching " + options_.Address());
    connected_ = true;
    run_ = run;
    after_ = reply.get_header_value("drydock-last");
    return Print(reply.body);
  }

  bool Print(const std::string& lines) const {
    const Look look = Terminal();
    std::istringstream in(lines);
    for (std::string line; std::getline(in, line);) {
      if (!options_.json) {
        const auto entry = nlohmann::json::parse(line, nullptr, false);
        line = WatchLine(LocalTime(entry), entry, look);
      }
      std::cout << line << '\n';
    }
    return static_cast<bool>(std::cout.flush());
  }

  const WatchOptions options_;
  httplib::Client client_;
  std::string after_ = "now";
  std::string run_;  // empty: none has answered yet
  bool connected_ = false;
  milliseconds delay_ = kFirstDelay;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool ended_ = false;
};

int Watch(const WatchOptions& options) {
  const sigset_t signals = BlockEndSignals();

  Watcher watcher(options);
  std::thread stopper([&] {
    int number = 0;
    sigwait(&signals, &number);
    watcher.Stop();
  });
  const int status = watcher.Run();
  watcher.End();
  pthread_kill(stopper.native_handle(), SIGTERM);  // if none has come
  stopper.join();
  return status;
}

}  // namespace

int RunWatch(const std::vector<std::string>& words) {
  const auto options = ParseWatchOptions(words);
  if (!options) {
    Say(options.error().message);
    return 2;
  }
  if (options->help) {
    std::cout << kHelp;
    return 0;
  }
  return Watch(*options);
}

}  // namespace kedge::drydock
