#include "setup/plan.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "process/resolve.h"
#include "setup/config_edit.h"
#include "sys/files.h"

namespace kedge::setup {
namespace {

// Debian's package ca-certificates has them. AWS may show a certificate of any of its roots.
constexpr char kAmazonRoot[] = "/etc/ssl/certs/Amazon_Root_CA_1.pem";
constexpr const char* kMoreAmazonRoots[] = {"/etc/ssl/certs/Amazon_Root_CA_2.pem",
                                            "/etc/ssl/certs/Amazon_Root_CA_3.pem",
                                            "/etc/ssl/certs/Amazon_Root_CA_4.pem"};

bool IsThere(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

bool IsAmazon(const std::string& endpoint) {
  return endpoint.ends_with(".amazonaws.com") || endpoint.ends_with(".amazonaws.com.cn");
}

class Maker {
 public:
  Maker(const Options& options, Terminal* terminal) : options_(options), terminal_(terminal) {}

  Result<Plan> Make() {
    for (auto step : {&Maker::ReadOld, &Maker::FindUser, &Maker::AskForBroker, &Maker::AskForFiles,
                      &Maker::NameMissing, &Maker::ReadFiles, &Maker::WriteText}) {
      if (auto done = (this->*step)(); !done) return Unexpected(done.error());
    }
    return std::move(plan_);
  }

 private:
  struct Question {
    std::string text;
    std::string option;    // that answers it
    std::string proposal;  // what is so, or what is usual; "": neither
  };

  Result<void> ReadOld() {
    plan_.path = options_.config.empty() ? kConfigFile : std::filesystem::absolute(options_.config).string();
    auto text = sys::ReadFile(plan_.path);
    if (!text && text.error().kind == ErrorKind::kNotFound) return {};
    if (!text) return Unexpected(text.error());
    auto config = ParseConfig(*text, plan_.path);
    if (!config) {
      return Unexpected{config.error().kind,
                        config.error().message +
                            "\nThe configuration that is there has mistakes; mend it, or move it away"};
    }
    plan_.old_text = *text;
    old_ = *config;
    return {};
  }

  Result<void> FindUser() {
    user_ = options_.user.value_or(old_.link_user);
    plan_.link_owner = {geteuid(), getegid()};
    if (geteuid() != 0) return {};
    const auto user = process::FindUser(user_);
    if (!user) {
      return Unexpected{user.error().kind, user.error().message +
                                               "; it is the user that kedge-link runs as: "
                                               "systemd-sysusers makes it from kedge's package"};
    }
    plan_.user = user_;
    // Readable by the user's group, which is its own, and not its property: a kedge-link that was taken over
    // must not be able to exchange the key.
    plan_.link_owner = {0, user->gid};
    return {};
  }

  // What the option says, else what the person at the terminal says, else the proposal.
  Result<std::string> Value(const std::optional<std::string>& given, const Question& question) {
    if (given) return *given;
    const bool must_ask = terminal_ != nullptr && (question.proposal.empty() || !options_.yes);
    if (must_ask) {
      const auto answer = terminal_->Ask(question.text, question.proposal);
      if (!answer || !answer->empty()) return answer;
    }
    if (question.proposal.empty()) missing_ += (missing_.empty() ? "" : ", ") + question.option;
    return question.proposal;
  }

  Result<void> AskForBroker() {
    const auto thing =
        Value(options_.thing, {"Name of this device's thing in AWS IoT", "--thing", old_.thing});
    if (!thing) return Unexpected(thing.error());
    const auto endpoint =
        Value(options_.endpoint, {"Endpoint (aws iot describe-endpoint --endpoint-type iot:Data-ATS)",
                                  "--endpoint", old_.broker.host});
    if (!endpoint) return Unexpected(endpoint.error());
    const auto port = Value(options_.port, {"Port (8883, or 443 through a firewall)", "--port",
                                            std::to_string(old_.broker.port)});
    if (!port) return Unexpected(port.error());
    endpoint_ = *endpoint;
    Change("thing", *thing, old_.thing);
    Change("broker.endpoint", *endpoint, old_.broker.host);
    Change("broker.port", *port, std::to_string(old_.broker.port));
    if (options_.client_id) Change("broker.client_id", *options_.client_id, old_.broker.client_id);
    return {};
  }

  void Change(const std::string& key, const std::string& value, const std::string& old) {
    // Of a new file, what has to be said, and what is not the default.
    if (value == old) return;
    values_.emplace_back(key, value);
    if (plan_.old_text)
      plan_.changes.push_back(key + ": " + (old.empty() ? "(not set)" : old) + " -> " + value);
  }

  Result<void> AskForFiles() {
    if (!old_.broker.tls) return {};
    const auto there = [](const std::string& path) { return IsThere(path) ? path : ""; };
    std::string ca = there(old_.broker.ca_file);
    if (ca.empty() && IsAmazon(endpoint_)) ca = there(kAmazonRoot);
    const auto add = [&](const std::string& key, const std::string& name,
                         const std::optional<std::string>& given, const Question& question,
                         const std::string& old) -> Result<void> {
      const auto from = Value(given, question);
      if (!from) return Unexpected(from.error());
      if (!from->empty()) Add({key, name, std::filesystem::absolute(*from).string(), "", true, ""}, old);
      return {};
    };
    if (auto done = add("broker.certificate", "certificate.pem", options_.certificate,
                        {"File of the certificate (...-certificate.pem.crt)", "--cert",
                         there(old_.broker.certificate_file)},
                        old_.broker.certificate_file);
        !done)
      return done;
    if (auto done =
            add("broker.key", "private.key", options_.key,
                {"File of its private key (...-private.pem.key)", "--key", there(old_.broker.key_file)},
                old_.broker.key_file);
        !done)
      return done;
    return add("broker.ca", "ca.pem", options_.ca,
               {"File of the CA that the broker's certificate is checked against", "--ca", ca},
               old_.broker.ca_file);
  }

  void Add(Credential credential, const std::string& old) {
    const std::string folder = FolderOf(plan_.path);
    const bool is_at_home = FolderOf(credential.from) == folder;
    // What the configuration names somewhere else is there for a reason.
    const bool stays = options_.in_place || (credential.from == old && !is_at_home);
    credential.managed = !stays;
    credential.to = stays || is_at_home ? credential.from : folder + "/" + credential.name;
    Change(credential.key, credential.to, old);
    plan_.credentials.push_back(std::move(credential));
  }

  Result<void> NameMissing() {
    if (missing_.empty()) return {};
    return Unexpected{ErrorKind::kInvalid,
                      "these are needed: " + missing_ +
                          (terminal_ == nullptr ? " (there is no terminal to ask at)" : "") +
                          "; type: kedge setup --help"};
  }

  Result<void> ReadFiles() {
    for (Credential& credential : plan_.credentials) {
      if (!credential.managed) continue;
      auto content = sys::ReadFile(credential.from);
      if (!content) return Unexpected(content.error().Within("the file for " + credential.key));
      credential.content = std::move(*content);
      if (credential.from != kAmazonRoot) continue;
      for (const char* more : kMoreAmazonRoots) {
        if (const auto root = sys::ReadFile(more)) credential.content += *root;
      }
    }
    return {};
  }

  Result<void> WriteText() {
    Change("link.user", user_, old_.link_user);
    auto text = plan_.old_text ? SetValues(*plan_.old_text, values_) : NewConfig(values_);
    if (!text) return Unexpected(text.error());
    plan_.text = std::move(*text);
    auto config = ParseConfig(plan_.text, plan_.path);
    if (!config) return Unexpected(config.error());
    plan_.config = std::move(*config);
    return CheckReady(plan_.config);
  }

  const Options& options_;
  Terminal* const terminal_;
  Plan plan_;
  Config old_;  // the defaults, when there is none
  std::string user_;
  std::string endpoint_;
  std::string missing_;  // options
  Values values_;
};

}  // namespace

std::vector<File> Plan::Files() const {
  std::vector<File> files;
  for (const Credential& credential : credentials) {
    if (!credential.managed) continue;
    const bool is_secret = credential.key == "broker.key";
    // Root's in both cases. Not root: ours, and of our own group the key does not become readable.
    const mode_t secret = link_owner.user == 0 && !user.empty() ? 0440 : 0400;
    files.push_back({credential.to, credential.content, is_secret ? secret : 0444, link_owner});
  }
  files.push_back({path, text, 0644, {geteuid(), getegid()}});
  return files;
}

Result<Plan> MakePlan(const Options& options, Terminal* terminal) { return Maker(options, terminal).Make(); }

}  // namespace kedge::setup
