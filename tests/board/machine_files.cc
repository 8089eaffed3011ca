// Files of a board: with power by its control channel, without by debugfs.
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "board/channel.h"
#include "board/machine.h"
#include "rig/files.h"

namespace kedge::board {
namespace {

// Of the board's passwd.
std::string UserNumber(const std::string& passwd, const std::string& user) {
  for (const std::string& line : rig::Lines(passwd)) {
    if (!line.starts_with(user + ":")) continue;
    std::istringstream fields(line);
    std::string number;
    for (int field = 0; field < 3; ++field) std::getline(fields, number, ':');
    return number;
  }
  throw std::runtime_error("the board has no user " + user);
}

}  // namespace

void Machine::PutFile(const std::string& path, const std::string& content, const std::string& mode) {
  Shell("set -e; mkdir -p \"$(dirname '" + path + "')\"; base64 -d >'" + path + "' <<'END'\n" +
        ToBase64(content) + "\nEND\nchmod " + mode + " '" + path + "'; sync '" + path + "' \"$(dirname '" +
        path + "')\"");
}

std::string Machine::GetFile(const std::string& path) { return Shell("cat '" + path + "'"); }

void Machine::PlaceFile(const std::string& path, const std::string& content, unsigned mode,
                        const std::string& owner) {
  if (HasPower()) Fail("it has power, and the disk is in use");
  const auto debugfs = [this](const std::string& commands, bool writes) {
    rig::WriteFile(options_.folder + "/commands", commands);
    std::vector<std::string> argv = {"/usr/sbin/debugfs", "-f", options_.folder + "/commands"};
    if (writes) argv.emplace_back("-w");
    argv.push_back(disk_);
    return rig::Run(argv, options_.folder).out;
  };
  std::ostringstream commands;
  for (auto end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1)) {
    commands << "mkdir " << path.substr(0, end) << "\n";  // which fails where it is there already
  }
  const std::string source = options_.folder + "/content";
  rig::WriteFile(source, content);
  const std::string number = UserNumber(debugfs("cat /etc/passwd\n", false), owner);
  commands << "rm " << path << "\nwrite " << source << " " << path << "\nsif " << path << " mode 0"
           << std::oct << (0100000 | mode) << "\nsif " << path << " uid " << number << "\nsif " << path
           << " gid " << number << "\n";
  debugfs(commands.str(), true);
  const std::string written = options_.folder + "/written";
  debugfs("dump " + path + " " + written + "\n", false);
  if (rig::ReadIfThere(written) != content) throw std::runtime_error("debugfs cannot write " + path);
}

}  // namespace kedge::board
