#include "kinds.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "sys/files.h"

namespace kedge::launch {

namespace fs = std::filesystem;

std::string ToString(Kind kind) {
  switch (kind) {
    case Kind::kCommand:
      return "command";
    case Kind::kScript:
      return "script";
    case Kind::kCompiled:
      return "compiled";
    case Kind::kGuard:
      return "guard";
  }
  return "";
}

Programs::Programs() {
  REQUIRE(sys::MakeDirs(folder_ / "handlers", 0755));
  REQUIRE(sys::MakeDirs(folder_ / "guards", 0755));
  folder_.Script("handlers/script", "#!/bin/sh\nexec '" WITNESS "' \"$@\"\n");
  for (const char* copy : {"handlers/compiled", "guards/guard"}) {
    fs::copy_file(WITNESS, folder_ / copy);
    fs::permissions(folder_ / copy, fs::perms(0755));
  }
}

std::string Programs::TrustedFolder(Kind kind) const {
  if (kind == Kind::kCommand) return "";
  return folder_ / (kind == Kind::kGuard ? "guards" : "handlers");
}

std::vector<std::string> Programs::Argv(Kind kind) const {
  if (kind == Kind::kCommand) return {WITNESS, "a b"};
  const std::string program = TrustedFolder(kind) + "/" + ToString(kind);
  if (kind == Kind::kGuard) return {program, "snapshot", "/etc/hosts"};
  return {program, "argument"};
}

process::ChildSpec Programs::Spec(Kind kind, const process::TaskName& name) const {
  auto spec = process::Workbench::Spec(name, Argv(kind));
  if (kind != Kind::kCommand) spec.trusted_folders = {TrustedFolder(kind)};
  return spec;
}

}  // namespace kedge::launch
