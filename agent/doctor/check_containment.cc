#include <sstream>

#include "doctor/checks.h"
#include "sys/files.h"
#include "sys/paths.h"

namespace kedge::doctor {
namespace {

constexpr char kId[] = "cgroups";

bool ListHas(const std::string& file, const std::string& wanted) {
  const auto text = sys::ReadFile(file);
  std::istringstream words(text ? *text : "");
  for (std::string word; words >> word;) {
    if (word == wanted) return true;
  }
  return false;
}

class Look {
 public:
  explicit Look(const Case& here) : here_(here), root_(here.device().cgroups) {}

  Seen Take() {
    if (here_.config.process.use_cgroups == ProcessSettings::Cgroups::kNo) {
      Weaker(
          "control groups are switched off (process.cgroups): a process that hides gets away from its step",
          "write `cgroups: auto` in " + here_.config_file() + " and restart kedged",
          "sudoedit " + Quoted(here_.config_file()));
      return std::move(seen_);
    }
    if (here_.agent_answers()) {
      AsTheAgentSays();
    } else {
      AsTheKernelShows();
    }
    return std::move(seen_);
  }

 private:
  void Weaker(const std::string& saw, const std::string& advice, const std::string& command) {
    seen_.findings.Warning(kId, saw, advice, command);
  }

  // The notes of its status: how tasks are held together, then a sentence for each thing that is not held.
  void AsTheAgentSays() {
    const std::vector<std::string>& notes = here_.facts.agent->notes;
    if (notes.empty()) return seen_.findings.Skipped(kId, "the agent does not tell");
    if (notes[0].starts_with("without control groups"))
      return Weaker(notes[0], AdviceFor(notes[0]), CommandFor(notes[0]));
    for (size_t i = 1; i < notes.size(); ++i) {
      if (notes[i].find("not held") != std::string::npos)
        Weaker(notes[i], AdviceFor(notes[i]), CommandFor(notes[i]));
    }
    if (!seen_.findings.Has(kId))
      seen_.findings.Ok(kId, "every step has its own control group, and every limit is held");
  }

  void AsTheKernelShows() {
    if (!sys::IsThere(root_ + "/cgroup.controllers")) {
      const bool is_hybrid = sys::IsThere(root_ + "/unified/cgroup.controllers");
      return Weaker(std::string("control groups of version 2 are not ") +
                        (is_hybrid ? "in charge here" : "mounted on " + root_) +
                        ": limits of memory and processes are not held",
                    "boot with systemd.unified_cgroup_hierarchy=1 on the kernel's command line",
                    AddToKernel("systemd.unified_cgroup_hierarchy=1"));
    }
    for (const char* controller : {"memory", "pids", "cpu", "io"}) {
      if (ListHas(root_ + "/cgroup.controllers", controller)) continue;
      const std::string saw =
          std::string("the kernel offers no controller '") + controller + "': what it limits is not held";
      Weaker(saw, AdviceFor(controller == std::string("memory") ? "cgroup_enable=memory" : saw),
             CommandFor(controller == std::string("memory") ? "cgroup_enable=memory" : saw));
    }
    if (!seen_.findings.Has(kId)) {
      seen_.findings.Ok(kId,
                        "control groups of version 2 with memory, pids, cpu and io (as the kernel shows; "
                        "kedged does not answer)");
    }
  }

  static std::string AdviceFor(const std::string& lack) {
    if (lack.find("cgroup_enable=") != std::string::npos)
      return "add cgroup_enable=memory to the kernel's command line (a Raspberry Pi's: cmdline.txt), and "
             "reboot";
    if (lack.find("version 1") != std::string::npos)
      return "boot with systemd.unified_cgroup_hierarchy=1 on the kernel's command line";
    if (lack.find("Delegate") != std::string::npos)
      return "kedged has to run as its unit says: without a drop-in that takes Delegate=yes away";
    if (lack.find("other processes") != std::string::npos) return "kedged has to run alone in its unit";
    return "a kernel with this controller is needed, and it not in use by version 1 "
           "(systemd.unified_cgroup_hierarchy=1)";
  }
  // Writes a parameter of the kernel where this machine has it, and starts anew.
  std::string AddToKernel(const std::string& parameter) const {
    for (const std::string& file : here_.device().cmdlines) {
      if (sys::IsThere(file)) return "sudo sed -i '1s/$/ " + parameter + "/' " + file + " && sudo reboot";
    }
    if (sys::IsThere(here_.device().grub))
      return "sudo sed -i 's/^GRUB_CMDLINE_LINUX=\"/&" + parameter + " /' " + here_.device().grub +
             " && sudo update-grub && sudo reboot";
    return "cat /proc/cmdline";
  }

  std::string CommandFor(const std::string& lack) const {
    if (lack.find("cgroup_enable=") != std::string::npos) return AddToKernel("cgroup_enable=memory");
    if (lack.find("version 1") != std::string::npos) return AddToKernel("systemd.unified_cgroup_hierarchy=1");
    if (lack.find("Delegate") != std::string::npos || lack.find("other processes") != std::string::npos)
      return "systemctl cat kedged";
    return "cat /proc/cgroups /proc/cmdline";
  }

  const Case& here_;
  const std::string root_;
  Seen seen_;
};

}  // namespace

Seen LookAtContainment(const Case& here) { return Look(here).Take(); }

}  // namespace kedge::doctor
