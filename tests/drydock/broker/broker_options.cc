#include "broker/broker_options.h"

#include <arpa/inet.h>

#include "arguments.h"
#include "broker/access.h"
#include "rules.h"

namespace kedge::drydock {

const char* const kBrokerHelp = R"(drydock broker: a mosquitto that keeps things apart, as AWS does

usage: drydock broker FOLDER [options]

Makes in FOLDER a test CA, a certificate for the broker, for `drydock serve`, for the admin and for each
thing, and mosquitto's configuration; then it becomes mosquitto. Without its certificate nobody gets in, and
a thing may use its own Jobs topics only: others are refused at SUBSCRIBE and at PUBLISH.

What is in FOLDER already stays, and what it lacks or what runs out within a day is made, so that the same
command starts the broker again. While it runs, `drydock broker FOLDER --thing NEW --setup-only` lets another
thing in.

  --thing NAME    make it a certificate, FOLDER/things/NAME.pem; may be repeated
  --port N        listen there (default 8883)
  --listen ADDR   at this IPv4 address of the machine (default 127.0.0.1; 0.0.0.0 is all of them)
  --name HOST     devices call this machine so: a name or an address; may be repeated
  --days N        how long what is made is good for, 2 to 3650 (default 30)
  --setup-only    do not start the broker
  --help

FOLDER remembers --port, --listen and --name.

examples:
  drydock broker bench --thing pi-1 --thing pi-2
  drydock broker bench --thing pi-3 --setup-only
  drydock broker bench --listen 0.0.0.0 --name bench.local
  mosquitto_ctrl -h localhost -p 8883 --cafile bench/ca.pem --cert bench/admin.pem --key bench/admin.key \
      dynsec listClients
)";

namespace {

// What a certificate can carry and no other holder has.
Result<void> CheckThing(const Arguments& arguments, const std::string& name) {
  if (!IsThingName(name)) return arguments.Wrong("'" + name + "' cannot be the name of a thing");
  if (name.size() > kMaxCommonName) {
    return arguments.Wrong("'" + name + "' is too long: a certificate's common name has at most " +
                           std::to_string(kMaxCommonName) + " characters");
  }
  if (name == kServiceName || name == kAdminName) {
    return arguments.Wrong("'" + name +
                           "' is the name on a certificate with more rights; call the thing differently");
  }
  return {};
}

Result<void> CheckHost(const Arguments& arguments, const std::string& option, const std::string& host) {
  constexpr const char* kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:";
  if (!host.empty() && host.size() <= 253 && host.find_first_not_of(kAllowed) == std::string::npos) return {};
  return arguments.Wrong(option + " needs a host name or an address, not '" + host + "'");
}

Result<void> Check(const Arguments& arguments, const BrokerOptions& options) {
  for (const std::string& thing : options.bench.things) {
    if (const auto good = CheckThing(arguments, thing); !good) return good;
  }
  for (const std::string& name : options.bench.names) {
    if (const auto good = CheckHost(arguments, "--name", name); !good) return good;
  }
  if (options.bench.listen.empty()) return {};
  if (options.bench.listen.find(':') != std::string::npos) {
    // Paho, which `drydock serve` has, does not find an IPv6 address in a certificate.
    return arguments.Wrong("--listen needs an IPv4 address, for drydock cannot reach an IPv6 one over TLS");
  }
  in_addr address{};
  if (inet_pton(AF_INET, options.bench.listen.c_str(), &address) == 1) return {};
  return arguments.Wrong("--listen needs an IPv4 address of this machine, not '" + options.bench.listen +
                         "'");
}

}  // namespace

Result<BrokerOptions> ParseBrokerOptions(const std::vector<std::string>& words) {
  BrokerOptions options;
  std::vector<std::string> folders;
  int64_t port = 0;
  int64_t days = options.bench.days;
  Arguments arguments("drydock broker --help");
  arguments.Words(folders)
      .Flag("--help", options.help)
      .Flag("-h", options.help)
      .Texts("--thing", options.bench.things)
      .Texts("--name", options.bench.names)
      .Text("--listen", options.bench.listen)
      .Number("--port", 1, 65535, port)
      .Number("--days", 2, 3650, days)
      .Flag("--setup-only", options.setup_only);
  if (const auto read = arguments.Read(words); !read) return Unexpected(read.error());
  if (options.help) return options;
  if (folders.size() != 1)
    return arguments.Wrong(folders.empty() ? "which folder?" : "one folder, not several");
  if (const auto good = Check(arguments, options); !good) return Unexpected(good.error());
  options.folder = folders[0];
  options.bench.port = static_cast<int>(port);
  options.bench.days = static_cast<int>(days);
  return options;
}

}  // namespace kedge::drydock
