#!/usr/bin/env bash
# The arrows of the design, checked on every #include of agent/ and handlers/:
#
#   daemon (agent/*.cc) -> {store, process, link, operator, jobs} -> core; everything but core and jobs may use sys;
#   conform -> {task_spec and config of the shell, process, sys, core}, setup -> {config of the shell, process, sys, core},
#   report -> core, cancel (`kedge cancel`) -> {the YAML of the shell's config, operator, jobs, core}, doctor, which
#   looks at all of it -> {task_spec and config of the shell, store, process, operator, setup, sys, core}, commands (the
#   verbs of `kedge`) -> {config of the shell, conform, doctor, setup, report, cancel, operator, store, sys, core}, local
#   (`kedged --run`) -> {jobs, store, link, operator, sys, core};
#   handlers -> {core, sys}. store, process, link, operator and jobs never include each other.
#
# and each third-party header only in its room. Then the check is checked: a copy of the tree gets one forbidden line
# at a time, and each has to be found. Usage: includes_test.sh [TREE]
set -euo pipefail

tree=${1:-$(cd "$(dirname "$0")/.." && pwd)}

# Prints "file:line: why" for each forbidden include beneath the tree $1.
violations() {
  (cd "$1" && find agent handlers -type f \( -name '*.h' -o -name '*.cc' -o -name '*.in' \) -print0 |
    xargs -0 grep -nE '^[[:space:]]*#[[:space:]]*include\>' /dev/null || true) | awk '
    function allow(room, list,   i, n, parts) { n = split(list, parts, " "); for (i = 1; i <= n; ++i) ok[room, parts[i]] = 1 }
    # What a header name (a pattern) belongs to; the rooms that may include it, and files of agent/ itself.
    function owns(pattern, rooms) { owned[++owners] = pattern; owner_rooms[owners] = rooms }
    function owner_allows(i, room, file,   n, parts, k) {
      n = split(owner_rooms[i], parts, " ")
      for (k = 1; k <= n; ++k) if (parts[k] == room || file ~ ("^agent/" parts[k] "$")) return 1
      return 0
    }
    BEGIN {
      allow("core", "core")
      allow("jobs", "jobs core")
      allow("sys", "sys core")
      allow("store", "store core sys")
      allow("process", "process core sys")
      allow("link", "link core sys")
      allow("operator", "operator core sys")
      allow("conform", "conform core sys process")
      allow("setup", "setup core sys process")
      allow("report", "report core")
      allow("doctor", "doctor core sys store process operator setup")
      allow("cancel", "cancel core jobs operator")
      allow("commands", "commands core sys store operator conform doctor setup report cancel")
      allow("local", "local core jobs sys store link operator")
      allow("shell", "core jobs sys store process link operator commands local")
      allow("handlers", "core sys guards set-config")

      owns("^sqlite3", "store")
      owns("^(mqtt/|MQTT)", "link")
      owns("^openssl/", "link conform handlers")
      owns("^systemd/sd-bus", "operator")
      owns("^systemd/sd-(event|id128)[.]h$", "sys operator")  # an sd-bus server needs both
      owns("^systemd/", "sys")
      owns("^yaml-cpp/", "config[a-z_]*[.](h|cc) handlers")
      owns("^spdlog/", "sys")
      owns("^nlohmann/", "core jobs link operator store conform doctor setup report cancel local commands handlers")
      owns("^(doctest/|httplib|curl/)", "nobody")
      # Children are started and waited for in one room.
      owns("^(sys/wait[.]h|spawn[.]h|sched[.]h)$", "process handlers")
      # core and jobs are pure: no I/O, clock, thread or randomness of their own, nothing of the system.
      pure_owner = ++owners
      owned[pure_owner] = "^(atomic|barrier|condition_variable|filesystem|fstream|future|iostream|latch|mutex|" \
                          "random|semaphore|shared_mutex|stop_token|syncstream|thread|.*[.]h)$"
      owner_rooms[pure_owner] = "sys store process link operator conform doctor setup commands shell handlers"
    }
    {
      file = $0; sub(/:.*/, "", file)
      line = $0; sub(/^[^:]*:/, "", line); sub(/:.*/, "", line)
      if (!match($0, /[<"][^>"]+[>"]/)) { print file ":" line ": an include that this test cannot read"; next }
      quoted = substr($0, RSTART, 1) == "\""
      header = substr($0, RSTART + 1, RLENGTH - 2)

      levels = split(file, path, "/")
      room = path[1] == "handlers" ? "handlers" : (levels == 2 ? "shell" : path[2])
      why = ""
      if (quoted) {
        if (header ~ /(^|\/)[.][.]?\//) why = "a path relative to the file hides the room; name it"
        else if (header !~ /\//) {
          # conform does what kedged does, and so with the same code.
          if (room != "shell" && !((room == "conform" || room == "doctor") && header ~ /^(task_spec|config)[.]h$/) &&
              !(room == "setup" && header ~ /^config(_tree)?[.]h$/) && !(room == "cancel" && header == "config_tree.h") &&
              !(room == "commands" && header ~ /^(config|config_origin|admission)[.]h$/)) {
            why = room " must not include the shell"
          }
        }
        else {
          split(header, parts, "/")
          if (!((room, parts[1]) in ok)) why = room " must not include " parts[1]
        }
      } else {
        for (i = 1; i <= owners && why == ""; ++i) {
          if (header !~ owned[i]) continue
          if (i == pure_owner && header ~ /^nlohmann\//) continue
          if (!owner_allows(i, room, file)) why = "<" header "> is not for " room
          else if (i != pure_owner) break
        }
      }
      if (why != "") print file ":" line ": " why
    }'
}

found=$(violations "$tree")
if [[ -n $found ]]; then
  printf 'These includes go against the arrows:\n%s\n' "$found" >&2
  exit 1
fi

# --- The check is checked.
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r "$tree/agent" "$tree/handlers" "$copy/"
checked=0
missed=0

# plant FILE LINE bad|good: with LINE in FILE (a new file), the check finds it, or does not.
plant() {
  local file=$1 line=$2 expected=$3 result=good
  mkdir -p "$copy/$(dirname "$file")"
  printf '// planted\n%s\n' "$line" >"$copy/$file"
  [[ -z $(violations "$copy" | grep -F "$file:2: ") ]] || result=bad
  rm "$copy/$file"
  checked=$((checked + 1))
  if [[ $result != "$expected" ]]; then
    echo "'$line' in $file was taken as $result, expected $expected" >&2
    missed=$((missed + 1))
  fi
}

for room in jobs sys store process link operator; do plant agent/core/planted.cc "#include \"$room/x.h\"" bad; done
for room in sys store process link operator; do plant agent/jobs/planted.h "#include \"$room/x.h\"" bad; done
for room in store process link operator jobs; do
  for other in store process link operator jobs; do
    [[ $room == "$other" ]] || plant "agent/$room/planted.h" "#include \"$other/x.h\"" bad
  done
  plant "agent/$room/planted.cc" '#include "core/result.h"' good
  plant "agent/$room/planted.cc" '#include "daemon.h"' bad
  plant "agent/$room/planted.cc" '  #  include "../sys/log.h"' bad
  plant "agent/planted.cc" "#include \"$room/x.h\"" good
  plant handlers/guards/planted.cc "#include \"$room/x.h\"" bad
done
for other in store link operator jobs; do plant agent/conform/planted.cc "#include \"$other/x.h\"" bad; done
for room in core jobs sys store process link operator; do
  plant "agent/$room/planted.cc" '#include "conform/bench.h"' bad
done
for other in store link operator jobs conform; do plant agent/setup/planted.cc "#include \"$other/x.h\"" bad; done
for other in sys store operator jobs process link setup; do plant agent/report/planted.cc "#include \"$other/x.h\"" bad; done
plant agent/report/planted.cc '#include <unistd.h>' bad
plant agent/report/planted.cc '#include <iostream>' bad
plant agent/operator/planted.cc '#include "report/redact.h"' bad
plant agent/commands/planted.cc '#include "report/redact.h"' good
plant agent/setup/planted.cc '#include "config.h"' good
plant agent/setup/planted.cc '#include "daemon.h"' bad
plant agent/setup/planted.cc '#include <openssl/ssl.h>' bad
plant agent/commands/planted.cc '#include "setup/setup.h"' good
plant agent/commands/planted.cc '#include "link/broker.h"' bad
plant agent/commands/planted.cc '#include "daemon.h"' bad
plant agent/planted.cc '#include "commands/verb.h"' good
plant agent/commands/planted.cc '#include "doctor/doctor.h"' good
for other in link jobs conform; do plant agent/doctor/planted.cc "#include \"$other/x.h\"" bad; done
for other in store process operator setup sys core; do plant agent/doctor/planted.cc "#include \"$other/x.h\"" good; done
for room in core jobs sys store process link operator conform setup; do
  plant "agent/$room/planted.cc" '#include "doctor/doctor.h"' bad
done
plant agent/doctor/planted.cc '#include "task_spec.h"' good
plant agent/doctor/planted.cc '#include "daemon.h"' bad
plant agent/doctor/planted.cc '#include <openssl/ssl.h>' bad
plant agent/doctor/planted.cc '#include <sqlite3.h>' bad
for other in store link process setup; do plant agent/cancel/planted.cc "#include \"$other/x.h\"" bad; done
for other in operator jobs core; do plant agent/cancel/planted.cc "#include \"$other/x.h\"" good; done
plant agent/cancel/planted.cc '#include "config_tree.h"' good
plant agent/cancel/planted.cc '#include "config.h"' bad
plant agent/operator/planted.cc '#include "cancel/cancel.h"' bad
plant agent/commands/planted.cc '#include "cancel/cancel.h"' good
plant agent/conform/planted.cc '#include "process/children.h"' good
plant agent/conform/planted.cc '#include "task_spec.h"' good
plant agent/conform/planted.cc '#include "daemon.h"' bad
plant agent/conform/planted.cc '#include <sys/wait.h>' bad
plant agent/commands/planted.cc '#include "conform/handler_test.h"' good
plant handlers/guards/planted.cc '#include "conform/listing.h"' bad
plant agent/sys/planted.cc '#include "store/journal.h"' bad
plant agent/store/planted.cc '#include "sys/files.h"' good
plant handlers/guards/planted.cc '#include "sys/files.h"' good

plant agent/store/planted.cc '#include <sqlite3.h>' good
plant agent/operator/planted.cc '#include <sqlite3.h>' bad
plant agent/planted.cc '#include <sqlite3.h>' bad
plant agent/link/planted.h '#include <mqtt/async_client.h>' good
plant agent/planted.cc '#include <mqtt/async_client.h>' bad
plant agent/jobs/planted.cc '#include <MQTTAsync.h>' bad
plant agent/operator/planted.cc '#include <systemd/sd-bus.h>' good
plant agent/sys/planted.cc '#include <systemd/sd-bus.h>' bad
plant agent/operator/planted.cc '#include <systemd/sd-event.h>' good
plant agent/link/planted.cc '#include <systemd/sd-event.h>' bad
plant agent/sys/planted.cc '#include <systemd/sd-daemon.h>' good
plant agent/planted.cc '#include <systemd/sd-daemon.h>' bad
plant agent/config_planted.cc '#include <yaml-cpp/yaml.h>' good
plant agent/planted.cc '#include <yaml-cpp/yaml.h>' bad
plant agent/link/config.cc '#include <yaml-cpp/yaml.h>' bad
plant agent/sys/planted.cc '#include <spdlog/spdlog.h>' good
plant agent/process/planted.cc '#include <spdlog/spdlog.h>' bad
plant agent/core/planted.cc '#include <nlohmann/json.hpp>' good
plant agent/jobs/planted.h '#include <nlohmann/json_fwd.hpp>' good
plant agent/process/planted.cc '#include <nlohmann/json.hpp>' bad
plant agent/process/planted.cc '#include <sys/wait.h>' good
plant agent/store/planted.cc '#include <sys/wait.h>' bad
plant agent/core/planted.cc '#include <string>' good
plant agent/core/planted.cc '#include <cstdint>' good
plant agent/core/planted.cc '#include <unistd.h>' bad
plant agent/jobs/planted.cc '#include <sys/stat.h>' bad
plant agent/core/planted.cc '#include <thread>' bad
plant agent/jobs/planted.cc '#include <fstream>' bad
plant agent/core/planted.cc '#include <spdlog/spdlog.h>' bad
plant agent/sys/planted.cc '#include <random>' good
plant agent/core/planted.cc '#include KEDGE_HEADER' bad

if ((missed > 0)); then
  echo "$missed of $checked planted includes were judged wrongly" >&2
  exit 1
fi
echo "No include goes against the arrows; $checked planted ones were judged rightly."
