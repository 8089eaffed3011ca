#include "cancel/request.h"

#include <charconv>
#include <map>
#include <utility>

#include "cancel/inputs.h"
#include "core/status_details.h"
#include "core/utf8.h"
#include "jobs/cancel.h"
#include "operator/job_name.h"

namespace kedge::cancel {
namespace {

using nlohmann::json;

constexpr int64_t kMostSeconds = 1'000'000;

Unexpected Wrong(const std::string& what, const std::string& type = "kedge cancel --help") {
  return Unexpected{ErrorKind::kInvalid, what + "; type: " + type};
}

// The words of a command line, sorted.
struct Words {
  std::map<std::string, std::string> values;  // by option; of one that was given several times, the last
  std::vector<std::string> wait_for;
  std::optional<std::string> job;
  std::optional<bool> force;
  bool yes = false;
  bool json = false;
  Show show = Show::kNothing;
};

constexpr std::string_view kTakesValue[] = {"--job-id",
                                            "--execution",
                                            "--thing-name",
                                            "--is-forced",
                                            "--expected-version",
                                            "--if-match",
                                            "--status-details",
                                            "--reason",
                                            "--wait-for-state",
                                            "--max-wait-seconds",
                                            "--client-token",
                                            "--cli-input-json",
                                            "--wait-interval-seconds",
                                            "--cli-input-yaml",
                                            "--from-json",
                                            "--config"};

bool TakesValue(std::string_view option) {
  for (const std::string_view known : kTakesValue) {
    if (known == option) return true;
  }
  return false;
}

std::optional<bool> BoolFrom(const std::string& word) {
  if (word == "true" || word == "True" || word == "TRUE") return true;
  if (word == "false" || word == "False" || word == "FALSE") return false;
  return std::nullopt;
}

std::optional<int64_t> NumberFrom(std::string_view word, int64_t least, int64_t most) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size() || number < least || number > most) return {};
  return number;
}

// `next`: what follows it, for the one option whose value may be left out. True when that was used.
Result<bool> Skeleton(const std::optional<std::string>& value, const std::string* next, Words* words) {
  const std::string which = value ? *value : next != nullptr ? *next : "";
  words->show = which == "yaml-input" ? Show::kYamlSkeleton
                : which == "output"   ? Show::kOutputSkeleton
                                      : Show::kInputSkeleton;
  if (which == "input" || which == "yaml-input" || which == "output") return !value;
  if (value)
    return Wrong("--generate-cli-skeleton is for input, yaml-input or output, not " + Quoted(*value));
  return false;
}

bool TakeFlag(const std::string& word, Words* words) {
  if (word == "--force" || word == "-f" || word == "--no-force") {
    words->force = word != "--no-force";
  } else if (word == "--yes" || word == "-y") {
    words->yes = true;
  } else if (word == "--json") {
    words->json = true;
  } else if (word == "--help" || word == "-h") {
    words->show = Show::kHelp;
  } else if (word == "--generate-full-command-json-input") {
    words->show = Show::kFullInput;
  } else {
    return false;
  }
  return true;
}

Result<Words> Sort(const std::vector<std::string>& arguments) {
  for (const std::string& word : arguments) {
    if (ValidUtf8(word) != word) return Wrong(Quoted(word) + " is not UTF-8 text");
  }
  Words words;
  bool options = true;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (!options || word.size() < 2 || word[0] != '-') {
      if (words.job) {
        return Wrong("one job at a time, and " + Quoted(word) + " is another", "kedge cancel " + *words.job);
      }
      words.job = word;
      continue;
    }
    if (word == "--") {
      options = false;
      continue;
    }
    const size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
    const std::string name = word.substr(0, equals);
    std::optional<std::string> value;
    if (equals != std::string::npos) value = word.substr(equals + 1);
    const std::string* next = i + 1 < arguments.size() ? &arguments[i + 1] : nullptr;
    if (name == "--generate-cli-skeleton") {
      const auto used = Skeleton(value, next, &words);
      if (!used) return Unexpected(used.error());
      if (*used) ++i;
    } else if (TakesValue(name)) {
      if (!value && next == nullptr) return Wrong(name + " needs a value");
      if (!value) value = arguments[++i];
      if (name == "--wait-for-state") words.wait_for.push_back(*value);
      words.values[name] = *value;
    } else if (value || !TakeFlag(name, &words)) {
      return Wrong(value ? name + " takes no value" : "cancel does not know " + Quoted(word));
    }
  }
  return words;
}

// From the documents and the options to one request; what an option says goes before what a document says.
class Composing {
 public:
  Composing(const Words& words, const ReadFile& read) : words_(words), read_(read) {}

  Result<Request> Compose() {
    for (auto part : {&Composing::Documents, &Composing::Names, &Composing::Force, &Composing::Version,
                      &Composing::Sayings, &Composing::Waiting, &Composing::Check}) {
      if (auto done = (this->*part)(); !done) return Unexpected(done.error());
    }
    return std::move(request_);
  }

 private:
  const std::string* Value(const char* option) const {
    const auto found = words_.values.find(option);
    return found == words_.values.end() ? nullptr : &found->second;
  }
  void Put(const char* option, const char* member) {
    if (const std::string* value = Value(option)) body()[member] = *value;
  }
  json& body() { return request_.body; }

  Result<void> Documents() {
    for (const auto& [option, language] :
         {std::pair{"--cli-input-json", Language::kJson}, std::pair{"--cli-input-yaml", Language::kYaml},
          std::pair{"--from-json", Language::kJson}}) {
      const std::string* word = Value(option);
      if (word == nullptr) continue;
      auto document = ReadDocument(*word, language, read_);
      if (!document) return Wrong(std::string(option) + " " + document.error().message);
      for (auto it = document->begin(); it != document->end();) {
        it = it->is_null() ? document->erase(it) : std::next(it);
      }
      // OCI's `force` is an answer to the question whether one is sure, and says nothing about the how.
      const bool oci = std::string_view(option) == "--from-json";
      if (oci && document->contains("force")) {
        if (!(*document)["force"].is_boolean()) return Wrong("--from-json: force is neither true nor false");
        request_.ask = request_.ask && !(*document)["force"].get<bool>();
        document->erase("force");
      }
      // What says at once is as good as --force.
      if (document->value("force", json()) == json(true)) request_.ask = false;
      body().update(*document);
    }
    return {};
  }

  // JOB or JOB#N; OCI's and AWS's name for it is an option.
  Result<void> Names() {
    Put("--thing-name", "thingName");
    Put("--client-token", "clientToken");
    std::string named;
    for (const std::string* name :
         {words_.job ? &*words_.job : nullptr, Value("--job-id"), Value("--execution")}) {
      if (name == nullptr) continue;
      if (!named.empty() && named != *name)
        return Wrong(Quoted(named) + " or " + Quoted(*name) + "? Name one");
      named = *name;
    }
    if (named.empty()) return {};
    const size_t mark = named.find('#');
    body()["jobId"] = named.substr(0, mark);
    if (!op::IsJobId(named.substr(0, mark))) {
      return Wrong(
          Quoted(named.substr(0, mark)) + " is no job id: 1 to 64 characters of a-z, A-Z, 0-9, _ and -",
          "kedge cancel JOB");
    }
    if (mark == std::string::npos) return {};
    const auto number = NumberFrom(std::string_view(named).substr(mark + 1), 1, INT64_MAX);
    if (!number) return Wrong(Quoted(named) + " is no execution: a job id, '#' and a number from 1");
    body()["executionNumber"] = *number;
    return {};
  }

  Result<void> Force() {
    std::optional<bool> forced;
    if (const std::string* word = Value("--is-forced")) {
      forced = BoolFrom(*word);
      if (!forced) return Wrong("--is-forced is true or false, not " + Quoted(*word));
      if (words_.force == false && *forced) return Wrong("--no-force or --is-forced true?");
    }
    request_.ask = request_.ask && !words_.yes && words_.force != true;
    // `--is-forced false --force` is OCI's way to say: gracefully, and do not ask.
    if (!forced) forced = words_.force;
    if (!forced) return {};
    body().erase("isForced");
    body()["force"] = *forced;
    return {};
  }

  Result<void> Version() {
    Put("--if-match", "ifMatch");
    const std::string* word = Value("--expected-version");
    if (word == nullptr) return {};
    const auto version = NumberFrom(*word, 1, INT64_MAX);
    if (!version) return Wrong("--expected-version is a number from 1, not " + Quoted(*word));
    body()["expectedVersion"] = *version;
    return {};
  }

  Result<void> Sayings() {
    Put("--reason", "reason");
    const std::string* word = Value("--status-details");
    if (word == nullptr) return {};
    auto details = ReadDetails(*word, read_);
    if (!details) return Wrong("--status-details " + details.error().message);
    body()["statusDetails"] = *std::move(details);
    return {};
  }

  Result<void> Seconds(const char* option, const char* member, int64_t least, int64_t* seconds) {
    std::string text;
    if (body().contains(member)) text = body()[member].dump();
    if (const std::string* word = Value(option)) text = *word;
    body().erase(member);
    if (text.empty()) return {};
    const auto number = NumberFrom(text, least, kMostSeconds);
    if (!number) {
      return Wrong(std::string(option) + " is a number of seconds from " + std::to_string(least) + " to " +
                   std::to_string(kMostSeconds) + ", not " + Quoted(text));
    }
    *seconds = *number;
    return {};
  }

  Result<void> Waiting() {
    std::vector<std::string> states = words_.wait_for;
    if (body().contains("waitForState")) {
      const json given = body()["waitForState"];
      for (const json& state : given.is_array() ? given : json::array({given})) {
        if (!state.is_string()) return Wrong("waitForState is neither a state nor a list of states");
        if (words_.wait_for.empty()) states.push_back(state);
      }
      body().erase("waitForState");
    }
    for (const std::string& word : states) {
      const auto state = AwaitedFrom(word);
      if (!state) {
        return Wrong("there is no state " + Quoted(word) + "; there are " + AllAwaited(),
                     "kedge cancel JOB --wait-for-state CANCELED");
      }
      request_.wait_for.push_back(*state);
    }
    if (auto done = Seconds("--max-wait-seconds", "maxWaitSeconds", 0, &request_.max_wait_seconds); !done)
      return done;
    return Seconds("--wait-interval-seconds", "waitIntervalSeconds", 1, &request_.wait_interval_seconds);
  }

  // By the agent's own code: what it would refuse is refused before anybody is asked a question.
  Result<void> Check() {
    if (!body().contains("jobId")) {
      return Wrong("which job? `kedge status` and `kedge history` tell the names", "kedge cancel JOB");
    }
    const std::string text = body().dump(-1, ' ', false, json::error_handler_t::replace);
    const auto checked = jobs::DecodeCancel("", text, "");
    if (!checked.request) return Wrong(AsTyped(checked.request.error().message));
    request_.job = checked.request->job->value;
    return {};
  }

  // The agent names a member, "ifMatch: is no etag"; who typed an option knows it by that name.
  std::string AsTyped(const std::string& problem) const {
    const size_t colon = problem.find(": ");
    if (colon == std::string::npos) return problem;
    const std::string name = problem.substr(0, colon);
    const size_t dot = name.find('.');
    const std::string_view member = std::string_view(name).substr(0, dot);
    for (const auto& [option, known] :
         {std::pair{"--if-match", "ifMatch"}, std::pair{"--status-details", "statusDetails"},
          std::pair{"--client-token", "clientToken"}, std::pair{"--reason", "reason"}}) {
      if (member != known || Value(option) == nullptr) continue;
      return option + (dot == std::string::npos ? "" : " " + name.substr(dot + 1)) +
             problem.substr(colon + 1);
    }
    return problem;
  }

  const Words& words_;
  const ReadFile& read_;
  Request request_;
};

}  // namespace

Result<CommandLine> ParseCommandLine(const std::vector<std::string>& arguments, const ReadFile& read) {
  auto words = Sort(arguments);
  if (!words) return Unexpected(words.error());
  CommandLine line;
  line.show = words->show;
  line.json = words->json;
  if (const auto config = words->values.find("--config"); config != words->values.end()) {
    line.config = config->second;
    if (line.config.empty()) return Wrong("--config needs a file", "--config FILE");
  }
  if (line.show != Show::kNothing) return line;
  auto request = Composing(*words, read).Compose();
  if (!request) return Unexpected(request.error());
  line.request = *std::move(request);
  return line;
}

}  // namespace kedge::cancel
