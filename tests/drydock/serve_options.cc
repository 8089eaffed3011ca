#include "serve_options.h"

#include <charconv>
#include <chrono>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>

#include "arguments.h"

namespace kedge::drydock {

const char* const kServeHelp = R"(drydock serve: be the Jobs service

usage: drydock serve --broker HOST:PORT [options]

  --broker HOST:PORT   the MQTT broker that the devices use too
  --ca FILE            talk TLS to it, trusting this CA
  --cert FILE --key FILE
                       and show this certificate
  --http-port N        the REST side, on 127.0.0.1 (default 0: a free port)
  --ready-file FILE    write {"http":PORT} there when the broker is subscribed and HTTP listens
                       (it is printed on standard output too)
  --store FILE         keep things, jobs and executions in this SQLite file; the next start goes on with
                       them (default :memory:, which forgets)
  --files FOLDER       what stands behind presigned URLs and document sources: FOLDER/BUCKET/KEY
  --history FILE       append what happens, as JSON lines: who sent what, when, what was decided
  --fault JSON         a rule that goes wrong on purpose, as /drydock/faults takes it; may be repeated
  --seed N             of the faults that happen by chance (default 1)
  --reading NAME       where AWS's documents disagree, take the other reading; may be repeated:
                         chatty-notify, terminal-state-on-update, no-version-bump,
                         retry-keeps-number, line-feeds-in-details
  --oci-auth MODE      of the requests to OCI's API: off (default), or verify their signatures
  --oci-key KEYID=PEMFILE
                       a public key for that; KEYID is tenancy/user/fingerprint; may be repeated
  --oci-terminal-cancel ANSWER
                       to the cancel of a job that is over: conflict (default), incorrect-state, ok
  --oci-stop-limit N   seconds for a device to say that it stopped, after a forced cancel (default 60)
  --oci-accept-delay MS, --oci-cancel-delay MS, --oci-ignore-cancel
                       a slow and a stubborn Resource Manager
  --help

It runs until SIGTERM or SIGINT.

examples:
  mosquitto -p 18830 &
  drydock serve --broker localhost:18830 --http-port 8080 &
  export AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=y AWS_DEFAULT_REGION=us-east-1
  alias dd='aws --endpoint-url http://127.0.0.1:8080'
  dd iot create-thing --thing-name pi-1
  dd iot create-job --job-id j1 --targets arn:aws:iot:us-east-1:000000000000:thing/pi-1 \
      --document '{"version":"1.0","steps":[]}'
  dd iot cancel-job-execution --job-id j1 --thing-name pi-1 --force --expected-version 1
  curl -d '{"on":"reply","do":"drop","operation":"update","count":1}' http://127.0.0.1:8080/drydock/faults
)";

namespace {

struct OciNumbers {
  int64_t stop_limit = 60;   // seconds
  int64_t accept_delay = 0;  // milliseconds, like the next
  int64_t cancel_delay = 0;
};

Result<void> ReadBroker(const Arguments& arguments, const std::string& text, Broker& broker) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0 || text.find("://") != std::string::npos) {
    return arguments.Wrong("--broker needs HOST:PORT, not '" + text + "'");
  }
  int port = -1;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (error != std::errc() || stop != end || port < 1 || port > 65535) {
    return arguments.Wrong("'" + text.substr(colon + 1) + "' is not a port");
  }
  broker.host = text.substr(0, colon);
  broker.port = port;
  return {};
}

Result<void> ReadReading(const Arguments& arguments, const std::string& name, Readings& readings) {
  const std::map<std::string, bool*> known = {
      {"chatty-notify", &readings.chatty_notify},
      {"terminal-state-on-update", &readings.terminal_state_on_update},
      {"no-version-bump", &readings.no_version_bump},
      {"retry-keeps-number", &readings.retry_keeps_number},
      {"line-feeds-in-details", &readings.line_feeds_in_details}};
  const auto found = known.find(name);
  if (found == known.end()) return arguments.Wrong("'" + name + "' is not a reading");
  *found->second = true;
  return {};
}

Result<void> ReadOciKey(const Arguments& arguments, const std::string& text, oci::Settings& oci) {
  const auto equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0) {
    return arguments.Wrong("--oci-key needs KEYID=PEMFILE, not '" + text + "'");
  }
  std::ifstream file(text.substr(equals + 1));
  const std::string pem{std::istreambuf_iterator<char>(file), {}};
  if (pem.empty()) return arguments.Wrong("cannot read the key " + text.substr(equals + 1));
  oci.keys[text.substr(0, equals)] = pem;
  return {};
}

Result<void> ReadOciAuth(const Arguments& arguments, const std::string& mode, oci::Settings& oci) {
  if (mode != "off" && mode != "verify")
    return arguments.Wrong("--oci-auth is off or verify, not '" + mode + "'");
  oci.verify = mode == "verify";
  return {};
}

Result<void> ReadTerminalCancel(const Arguments& arguments, const std::string& answer, oci::Settings& oci) {
  using oci::TerminalCancel;
  const std::map<std::string, TerminalCancel> known = {{"conflict", TerminalCancel::kConflict},
                                                       {"incorrect-state", TerminalCancel::kIncorrectState},
                                                       {"ok", TerminalCancel::kOk}};
  const auto found = known.find(answer);
  if (found == known.end()) {
    return arguments.Wrong("--oci-terminal-cancel is conflict, incorrect-state or ok, not '" + answer + "'");
  }
  oci.terminal_cancel = found->second;
  return {};
}

void AddOci(Arguments& arguments, oci::Settings& oci, OciNumbers& numbers) {
  constexpr int64_t kDay = 86400;
  arguments.Flag("--oci-ignore-cancel", oci.ignore_cancel)
      .Number("--oci-stop-limit", 0, kDay, numbers.stop_limit)
      .Number("--oci-accept-delay", 0, kDay * 1000, numbers.accept_delay)
      .Number("--oci-cancel-delay", 0, kDay * 1000, numbers.cancel_delay)
      .Value("--oci-auth", [&](const std::string& value) { return ReadOciAuth(arguments, value, oci); })
      .Value("--oci-key", [&](const std::string& value) { return ReadOciKey(arguments, value, oci); })
      .Value("--oci-terminal-cancel",
             [&](const std::string& value) { return ReadTerminalCancel(arguments, value, oci); });
}

}  // namespace

Result<ServeOptions> ParseServeOptions(const std::vector<std::string>& words) {
  ServeOptions options;
  bool broker_given = false;
  Arguments arguments("drydock serve --help");
  arguments.Flag("--help", options.help)
      .Flag("-h", options.help)
      .Text("--ca", options.broker.ca)
      .Text("--cert", options.broker.cert)
      .Text("--key", options.broker.key)
      .Number("--http-port", 0, 65535, options.http_port)
      .Text("--ready-file", options.ready_file)
      .Text("--store", options.store)
      .Text("--files", options.files)
      .Text("--history", options.history)
      .Texts("--fault", options.faults)
      .Number("--seed", 0, std::numeric_limits<int64_t>::max(), options.seed)
      .Value("--broker",
             [&](const std::string& value) {
               broker_given = true;
               return ReadBroker(arguments, value, options.broker);
             })
      .Value("--reading",
             [&](const std::string& value) { return ReadReading(arguments, value, options.readings); });
  OciNumbers oci;
  AddOci(arguments, options.oci, oci);
  if (const auto read = arguments.Read(words); !read) return Unexpected(read.error());
  options.oci.stop_limit = std::chrono::seconds(oci.stop_limit);
  options.oci.accept_delay = std::chrono::milliseconds(oci.accept_delay);
  options.oci.cancel_delay = std::chrono::milliseconds(oci.cancel_delay);
  if (options.help) return options;
  if (!broker_given) return arguments.Wrong("--broker HOST:PORT is missing");
  const Broker& broker = options.broker;
  if (broker.ca.empty() && !broker.cert.empty()) return arguments.Wrong("--cert needs --ca, for TLS");
  if (broker.cert.empty() != broker.key.empty()) return arguments.Wrong("--cert and --key go together");
  if (options.store.empty()) return arguments.Wrong("--store needs a file");  // SQLite: one that it forgets
  if (options.oci.verify && options.oci.keys.empty())
    return arguments.Wrong("--oci-auth verify needs --oci-key, or nobody gets in");
  return options;
}

}  // namespace kedge::drydock
