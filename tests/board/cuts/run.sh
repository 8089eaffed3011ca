#!/usr/bin/env bash
# Cuts the power of emulated boards, again and again, and prints what came of it as tables:
#   1. a recorded run of jobs on the arm64 board: cut at every flush, by replay of its block log;
#   2. cut-and-boot cycles on amd64, arm64 and raspi3b boards, at random moments.
# Usage: run.sh BUILD FOLDER [AMD64 ARM64 RASPI3B [JOBS]]
#   BUILD     a build folder with `all` built; packages for arm64 as ../run.sh wants them
#   FOLDER    for the recording, logs, and the disks of exceptions; made if missing
#   numbers   of cycles (70 30 3), and of recorded jobs (8); 0 leaves out
# Two things are done at a time. 0: no exception; 1: some; 77: this machine cannot do it, and the last line says why.
set -euo pipefail
here=$(realpath "$(dirname "$0")")

if [ $# -lt 2 ]; then echo "usage: run.sh BUILD FOLDER [AMD64 ARM64 RASPI3B [JOBS]]" >&2; exit 2; fi
build=$(realpath "$1")
mkdir -p "$2"
folder=$(realpath "$2")
amd64=${3:-70} arm64=${4:-30} raspi3b=${5:-3} jobs=${6:-8}
programs=$build/tests/board/cuts

record_and_replay() {
  [ "$jobs" -gt 0 ] || return 0
  "$here/../run.sh" "$build" --board arm64 "$programs/cuts_record" "$folder/recording" --jobs "$jobs" &&
    "$programs/cuts_replay" "$folder/recording" --keep "$folder/kept"
}

# cycles BOARD NUMBER SEED
cycles() {
  [ "$2" -gt 0 ] || return 0
  "$here/../run.sh" "$build" --board "$1" "$programs/cuts_campaign" "$folder/$1" --cycles "$2" --seed "$3" \
    --keep "$folder/kept"
}

others() {
  local status=0
  record_and_replay >"$folder/replay.log" 2>&1 || status=$?
  cycles arm64 "$arm64" 2 >"$folder/arm64.log" 2>&1 || status=$?
  cycles raspi3b "$raspi3b" 3 >"$folder/raspi3b.log" 2>&1 || status=$?
  return "$status"
}

rm -f "$folder"/*.log
others &
other=$!
trap 'kill "$other" 2>/dev/null || true' EXIT
status=0
cycles amd64 "$amd64" 1 >"$folder/amd64.log" 2>&1 || status=$?
wait "$other" || status=$?
trap - EXIT

for log in "$folder"/*.log; do
  if grep -q '^skipped' "$log"; then
    tail -n 1 "$log"
  else
    grep -E '^ *(point|EXCEPTION)' "$log" || true
    # The table, which an empty line stands before; without one, why.
    awk '/^$/ {table = ""; next} {table = table $0 "\n"} END {printf "%s\n", table}' "$log"
  fi
done
exit "$status"
