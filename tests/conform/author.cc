#include "conform/author.h"

#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace kedge::testing {
namespace {

constexpr char kCheck[] = R"sh(#!/bin/sh
set -eu
case $1 in
  /*) ;;
  *) echo "set-text: '$1' is no absolute path" >&2; exit 2 ;;
esac
)sh";

// Keeps what was there, says so durably, and only then changes something.
constexpr char kRun[] = R"sh(#!/bin/sh
set -eu
cd "$KEDGE_STATE_DIR"
[ "$2" != impossible ] || { echo "set-text: this text is impossible" >&2; exit 3; }
if [ ! -e kept ]; then
  if [ -e "$1" ]; then cp -p -- "$1" was; sync -- was; fi
  : >kept; sync -- kept .
fi
printf '%s\n' "$2" >"$1.new"
mv -f -- "$1.new" "$1"
)sh";

constexpr char kRollback[] = R"sh(#!/bin/sh
set -eu
cd "$KEDGE_STATE_DIR"
[ -e kept ] || exit 0
rm -f -- "$1.new"
if [ -e was ]; then
  cp -p -- was "$1.new"
  mv -f -- "$1.new" "$1"
else
  rm -f -- "$1"
fi
)sh";

constexpr char kVerify[] = R"sh(#!/bin/sh
set -eu
cd "$KEDGE_STATE_DIR"
if [ "$KEDGE_EXPECT" = done ]; then
  [ "$(cat -- "$1")" = "$2" ] || { echo "$1: other text, was '$2'"; exit 1; }
  exit 0
fi
[ -e kept ] || exit 0
if [ -e was ]; then
  cmp -s -- was "$1" || { echo "$1: other content, was $(wc -c <was) bytes"; exit 1; }
elif [ -e "$1" ]; then
  echo "$1: is there, was absent"; exit 1
fi
)sh";

nlohmann::json CasesOf(const Tested& tested) {
  const auto whole = nlohmann::json::parse(tested.out, nullptr, false);
  return whole.is_object() ? whole.value("cases", nlohmann::json::array()) : nlohmann::json::array();
}

}  // namespace

std::string Tested::Result(const std::string& name) const {
  for (const auto& one : CasesOf(*this)) {
    if (one.at("case") == name) return one.at("result");
  }
  return "absent";
}

std::string Tested::Words(const std::string& name) const {
  std::string words;
  for (const auto& one : CasesOf(*this)) {
    if (one.at("case") != name) continue;
    words += one.at("text").get<std::string>() + "\n";
    for (const auto& line : one.value("seen", nlohmann::json::array()))
      words += line.get<std::string>() + "\n";
  }
  return words;
}

std::string Tested::Names(const std::string& result) const {
  std::string names;
  for (const auto& one : CasesOf(*this)) {
    if (one.at("result") == result && one.at("case") != kOnGoodDisks)
      names += (names.empty() ? "" : " ") + one.at("case").get<std::string>();
  }
  return names;
}

Author::Author() {
  std::filesystem::create_directory(handler());
  std::filesystem::create_directory(place());
  // The agent refuses what others may write, whatever the umask of who tests.
  for (const std::string& folder : {handler(), place()}) chmod(folder.c_str(), 0755);
  WriteAll(target(), "old\n");
  Write("check", kCheck);
  Write("run", kRun);
  Write("rollback", kRollback);
  Write("verify", kVerify);
}

void Author::Write(const std::string& verb, const std::string& script) {
  scripts_[verb] = script;
  WriteAll(handler() + "/" + verb, script);
  chmod((handler() + "/" + verb).c_str(), 0755);
}

void Author::Change(const std::string& verb, const std::string& line, const std::string& by) {
  std::string script = scripts_.at(verb);
  const size_t at = script.find(line + "\n");
  if (at == std::string::npos) throw std::runtime_error("no line '" + line + "' in " + verb);
  Write(verb, script.replace(at, line.size(), by));
}

void Author::Begin(const std::string& verb, const std::string& line) {
  Change(verb, "set -eu", "set -eu\n" + line);
}

void Author::Remove(const std::string& verb) {
  scripts_.erase(verb);
  std::filesystem::remove(handler() + "/" + verb);
}

Tested Author::TestWith(std::vector<std::string> words) const {
  std::vector<std::string> argv = {KEDGE_COMMAND, "handler-test", "--json"};
  argv.insert(argv.end(), words.begin(), words.end());
  const Finished finished = Run(argv);
  return {finished.status, finished.out, finished.err};
}

Tested Author::Test(std::vector<std::string> options) const {
  if (std::find(options.begin(), options.end(), "--rounds") == options.end()) {
    options.insert(options.end(), {"--rounds", "4"});
  }
  // Moments that are the same each time this test runs.
  if (std::find(options.begin(), options.end(), "--seed") == options.end()) {
    options.insert(options.end(), {"--seed", "1"});
  }
  std::vector<std::string> words = {handler(), "--watch", place()};
  words.insert(words.end(), options.begin(), options.end());
  words.insert(words.end(), {"--", target(), "new"});
  return TestWith(std::move(words));
}

}  // namespace kedge::testing
