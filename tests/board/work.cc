#include "board/work.h"

namespace kedge::board {
using nlohmann::json;

void PrepareWork(Board& board) {
  board.machine().Shell(
      "set -e; rm -rf /srv/board; mkdir -p /srv/board/tree/deep; cd /srv/board;"
      " echo 'level: 1' >config; chmod 640 config; echo 'to go' >gone; seq 2000 >tree/deep/numbers;"
      " ln -s deep/numbers tree/link; ln tree/deep/numbers tree/other-name; chown -R daemon: tree; sync");
}

json ShellStep(const std::string& script, const json& more) {
  json action = {{"name", "step"}, {"type", "runCommand"}, {"input", {{"command", "/bin/sh,-c," + script}}}};
  action.update(more);
  return {{"action", action}};
}

json Steps(const std::vector<json>& steps) { return {{"version", "1.0"}, {"steps", steps}}; }

json ThreeSteps(Last last) {
  const auto protect = [](const std::vector<std::string>& paths) {
    return json{{"protect", {{"files", paths}}}};
  };
  const std::string wait = last == Last::kWaits ? "; exec sleep 1000" : "";
  return Steps(
      {ShellStep("cd /srv/board; echo level: 2 >config; chmod 600 config; rm gone",
                 protect({"/srv/board/config", "/srv/board/gone"})),
       ShellStep("cd /srv/board; seq 3000 >tree/deep/numbers; ln -sfn nowhere tree/link; echo new >tree/new",
                 protect({"/srv/board/tree"})),
       ShellStep("cd /srv/board; echo third >third" + wait, protect({"/srv/board/third"}))});
}

void WaitForLastStep(Board& board) {
  board.WaitUntil("the last step", [&board] { return board.machine().Holds("test -s /srv/board/third"); });
}

bool IsDone(Board& board) {
  return board.machine().Holds(
      "cd /srv/board && test \"$(cat config)\" = 'level: 2' && test ! -e gone && test \"$(tail -n 1 "
      "tree/deep/numbers)\" ="
      " 3000 && test \"$(readlink tree/link)\" = nowhere && test \"$(cat tree/new)\" = new && test \"$(cat "
      "third)\" ="
      " third");
}

}  // namespace kedge::board
