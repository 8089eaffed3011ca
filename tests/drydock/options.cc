#include "options.h"

#include <charconv>
#include <functional>
#include <map>

namespace kedge::drydock {

const char* const kHelp = R"(drydock: a local AWS IoT Jobs service for tests and for the bench

usage: drydock serve --broker HOST:PORT [options]

  --broker HOST:PORT   the MQTT broker that the devices use too
  --ca FILE            talk TLS to it, trusting this CA
  --cert FILE --key FILE
                       and show this certificate
  --http-port N        the REST side, on 127.0.0.1 (default 0: a free port)
  --ready-file FILE    write {"http":PORT} there when the broker is subscribed and HTTP listens
                       (it is printed on standard output too)
  --history FILE       append what happens, as JSON lines: who sent what, when, what was decided
  --help, --version

It runs until SIGTERM or SIGINT. State is in memory.

examples:
  mosquitto -p 18830 &
  drydock serve --broker localhost:18830 --http-port 8080 &
  export AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=y AWS_DEFAULT_REGION=us-east-1
  alias dd='aws --endpoint-url http://127.0.0.1:8080'
  dd iot create-thing --thing-name pi-1
  dd iot create-job --job-id j1 --targets arn:aws:iot:us-east-1:000000000000:thing/pi-1 \
      --document '{"version":"1.0","steps":[]}'
  dd iot cancel-job-execution --job-id j1 --thing-name pi-1 --force --expected-version 2
  curl -d '{"on":"reply","do":"drop","operation":"update","count":1}' http://127.0.0.1:8080/drydock/faults
)";

namespace {

Unexpected Wrong(const std::string& message) {
  return {ErrorKind::kInvalid, message + " (drydock --help shows how)"};
}

Result<int> ReadPort(const std::string& text) {
  int port = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 0 || port > 65535) {
    return Wrong("'" + text + "' is not a port");
  }
  return port;
}

Result<void> ReadBroker(const std::string& text, Broker& broker) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return Wrong("--broker needs HOST:PORT, not '" + text + "'");
  const auto port = ReadPort(text.substr(colon + 1));
  if (!port) return Unexpected(port.error());
  broker.host = text.substr(0, colon);
  broker.port = *port;
  return {};
}

}  // namespace

Result<Options> ParseOptions(const std::vector<std::string>& words) {
  Options options;
  bool broker_given = false;
  const std::map<std::string, std::string*> texts = {{"--ca", &options.broker.ca},
                                                     {"--cert", &options.broker.cert},
                                                     {"--key", &options.broker.key},
                                                     {"--ready-file", &options.ready_file},
                                                     {"--history", &options.history}};
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--help" || word == "-h") options.help = true;
    if (word == "--version") options.version = true;
    if (options.help || options.version) return options;
    if (i == 0) {
      if (word != "serve") return Wrong("'" + word + "' is not a command; there is one: serve");
      continue;
    }
    const bool known = texts.contains(word) || word == "--broker" || word == "--http-port";
    if (!known) return Wrong("'" + word + "' is not an option");
    if (i + 1 == words.size()) return Wrong(word + " needs a value");
    const std::string& value = words[++i];
    if (word == "--broker") {
      if (const auto read = ReadBroker(value, options.broker); !read) return Unexpected(read.error());
      broker_given = true;
    } else if (word == "--http-port") {
      const auto port = ReadPort(value);
      if (!port) return Unexpected(port.error());
      options.http_port = *port;
    } else {
      *texts.at(word) = value;
    }
  }
  if (words.empty()) return Wrong("what to do? there is one command: serve");
  if (!broker_given) return Wrong("--broker HOST:PORT is missing");
  if (options.broker.ca.empty() && !options.broker.cert.empty()) return Wrong("--cert needs --ca, for TLS");
  if (options.broker.cert.empty() != options.broker.key.empty()) return Wrong("--cert and --key go together");
  return options;
}

}  // namespace kedge::drydock
