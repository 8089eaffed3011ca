#include "guards/packages/simulate.h"

#include <sstream>

#include "guards/packages/program.h"

namespace kedge::packages {
namespace {

// NEW and ARCH of "Inst NAME [OLD] (NEW ORIGIN [ARCH]) [...]".
void TakeComing(const std::string& name, const std::string& line, std::vector<Package>& coming) {
  const size_t open = line.find('(');
  const size_t close = line.find("])", open);
  const size_t bracket = line.rfind('[', close);
  if (open == std::string::npos || close == std::string::npos || bracket == std::string::npos) return;
  Package package;
  package.name = name.substr(0, name.find(':'));
  package.version = line.substr(open + 1, line.find(' ', open) - open - 1);
  package.arch = line.substr(bracket + 1, close - bracket - 1);
  coming.push_back(std::move(package));
}

// "Inst NAME [OLD] (NEW ...)", "Remv NAME [OLD]", "Purg NAME [OLD]", "Conf NAME ...".
void TakeLines(const std::string& output, const Database& database, Plan& plan) {
  for (const std::string& line : Lines(output)) {
    std::istringstream words(line);
    std::string what;
    std::string name;
    words >> what >> name;
    if (what != "Inst" && what != "Remv" && what != "Purg" && what != "Conf") continue;
    if (what == "Inst") TakeComing(name, line, plan.coming);
    if (const Package* package = Find(database, name)) plan.touched.insert(package->Key());
  }
}

Result<void> TryPlan(const std::vector<std::string>& command, const std::vector<std::string>& names,
                     const Database& database, Plan& plan) {
  Arguments argv = {"apt-get", "--simulate", "--quiet=2", "--allow-downgrades",
                    "--allow-change-held-packages"};
  argv.insert(argv.end(), command.begin(), command.end());
  argv.emplace_back("--");
  argv.insert(argv.end(), names.begin(), names.end());
  const auto ran = RunProgram(argv);
  if (!ran) return Unexpected(ran.error());
  if (!ran->ok()) return Unexpected(ErrorKind::kInvalid, "apt-get: " + ran->Reason());
  TakeLines(ran->out, database, plan);
  return {};
}

}  // namespace

Result<bool> IsKnown(const std::string& name) {
  const auto ran = RunProgram({"apt-cache", "--all-names", "pkgnames", "--", name});
  if (!ran) return Unexpected(ran.error());
  for (const std::string& line : Lines(ran->out)) {
    if (line == name) return true;
  }
  return false;
}

Result<Plan> Simulate(const std::vector<Item>& items, Intent intent, const Database& database) {
  Plan plan;
  std::vector<std::string> to_install;
  std::vector<std::string> to_remove;
  for (const Item& item : items) {
    const Package* package = Find(database, item.Package());
    if (package != nullptr) {
      if (intent == Intent::kAny) plan.touched.insert(package->Key());  // apt may not be what changes it
      to_remove.push_back(item.Package());
    }
    const auto known = IsKnown(item.name);
    if (!known) return Unexpected(known.error());
    if (*known) {
      to_install.push_back(item.Written());
    } else if (package == nullptr) {
      plan.unknown.insert(item.Written());
    }
  }
  if (intent != Intent::kRemove && !to_install.empty()) {
    auto planned = TryPlan({"install"}, to_install, database, plan);
    if (!planned && intent == Intent::kInstall) return Unexpected(planned.error());
  }
  if (intent != Intent::kInstall && !to_remove.empty()) {
    auto planned = TryPlan({"purge"}, to_remove, database, plan);
    if (!planned && intent == Intent::kRemove) return Unexpected(planned.error());
  }
  return plan;
}

}  // namespace kedge::packages
