#include "faults/plan.h"

#include <charconv>
#include <map>

namespace kedge::faults {
namespace {

const std::map<std::string, Scope> kScopes = {{"agent", Scope::kAgent},
                                              {"all", Scope::kAll},
                                              {"guard", Scope::kGuard},
                                              {"programs", Scope::kPrograms},
                                              {"log", Scope::kLog}};

std::vector<std::string> Parts(const std::string& words) {
  std::vector<std::string> parts;
  for (std::size_t at = 0;;) {
    const auto colon = words.find(':', at);
    parts.push_back(words.substr(at, colon - at));
    if (colon == std::string::npos) return parts;
    at = colon + 1;
  }
}

// A whole number from 1; 0 for anything else.
int Number(const std::string& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number > 0 ? number : 0;
}

bool ReadScope(const std::string& text, Plan* plan) {
  const auto digits = text.find_first_of("0123456789");
  const auto found = kScopes.find(text.substr(0, digits));
  if (found == kScopes.end()) return false;
  plan->scope = found->second;
  plan->call = digits == std::string::npos ? 0 : Number(text.substr(digits));
  return (plan->scope == Scope::kGuard) == (plan->call > 0);
}

}  // namespace

std::string ScopeName(const Plan& plan) {
  for (const auto& [name, scope] : kScopes) {
    if (scope == plan.scope) return name + (plan.call > 0 ? std::to_string(plan.call) : "");
  }
  return "?";
}

std::string ToString(const Plan& plan) {
  return ScopeName(plan) + ":" + plan.syscall + ":" + plan.harm + ":" + std::to_string(plan.k) +
         (plan.from_then_on ? "+" : "");
}

std::optional<Plan> PlanFrom(const std::string& words) {
  std::vector<std::string> parts = Parts(words);
  Plan plan;
  if (parts.size() != 4 || !ReadScope(parts[0], &plan) || parts[1].empty() || parts[2].empty()) return {};
  plan.syscall = parts[1];
  plan.harm = parts[2];
  plan.from_then_on = parts[3].ends_with('+');
  if (plan.from_then_on) parts[3].pop_back();
  plan.k = Number(parts[3]);
  if (plan.k == 0) return {};
  return plan;
}

std::vector<std::string> StraceWords(const Plan& plan, const std::string& trace,
                                     const std::vector<std::string>& programs, const std::string& log) {
  const std::string harm = plan.kills() ? "signal=SIGKILL" : "error=" + plan.harm;
  std::vector<std::string> words = {"/usr/bin/strace", "-qq", "-o", trace};
  if (plan.scope == Scope::kAll || plan.scope == Scope::kPrograms) {
    words.insert(words.end(), {"-f", "--seccomp-bpf"});
  }
  // Detached: what is started keeps its place as the child of whoever starts it. A guard's must not be, for
  // the agent would take the tracer for something that the guard left behind.
  if (plan.scope != Scope::kGuard) words.push_back("-D");
  if (plan.scope == Scope::kPrograms) {
    for (const std::string& program : programs) words.insert(words.end(), {"-P", program});
  }
  if (plan.scope == Scope::kLog) words.insert(words.end(), {"-P", log});
  words.insert(words.end(), {"-e", "trace=" + plan.syscall, "-e",
                             "inject=" + plan.syscall + ":" + harm + ":when=" + std::to_string(plan.k) +
                                 (plan.from_then_on ? "+" : "")});
  return words;
}

}  // namespace kedge::faults
