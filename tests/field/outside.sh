# shellcheck shell=bash
# For scripts that put a device up and run a program beside it (run.sh, ../packages/run.sh, ../board/run.sh): to be sourced by
# bash. Whatever becomes of the script, its child ends, and its folder $work goes.

skip() { echo "skipped: $*"; exit 77; }

# need PROGRAM...: root, a network namespace, and these.
need() {
  local program
  [ "$(id -u)" -eq 0 ] || skip "only root can make and boot a root folder"
  for program in "$@"; do
    command -v "$program" >/dev/null || skip "$program is missing"
  done
  unshare --net true 2>/dev/null || skip "no network namespace can be made here"
}

# shellcheck disable=SC2317  # called by trap
finish() {
  trap '' TERM INT HUP PIPE
  if [ -n "$child" ]; then
    kill "$child" 2>/dev/null || true
    wait "$child" || true
  fi
  rm -rf --one-file-system "$work"
}

# begin NAME: makes $work.
begin() {
  work=$(mktemp -d "${TMPDIR:-/tmp}/kedge-$1.XXXXXX")
  child=
  trap finish EXIT
  trap 'exit 143' TERM INT HUP
}

# The script's last act: COMMAND [ARGUMENT...], whose exit status becomes the script's.
finally() {
  local status=0
  "$@" </dev/null &
  child=$!
  wait $child || status=$?
  child=
  exit $status
}
