#!/usr/bin/env bash
# run.sh itself: what a program prints and how it ends come out as they were, arguments and files go in, the deadline
# holds, and nothing is left behind.
set -euo pipefail
run=$(dirname "$(realpath "$0")")/run.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TMPDIR=$work/tmp
mkdir "$TMPDIR"

fail() { echo "FAILED: $*"; cat "$work"/stdout "$work"/stderr || true; exit 1; }

# guest STATUS ARGUMENT...: runs it and wants that exit status, no temporary file and no process of it.
guest() {
  local wanted=$1 status=0
  shift
  bash "$run" "$@" >"$work/stdout" 2>"$work/stderr" || status=$?
  if [ $status -eq 77 ]; then cat "$work/stderr"; exit 77; fi
  [ $status -eq "$wanted" ] || fail "exit status $status, not $wanted, of: $*"
  [ -z "$(ls -A "$TMPDIR")" ] || fail "left behind: $(ls "$TMPDIR")"
  ! pgrep -f -- "-initrd $TMPDIR" >/dev/null || fail "a guest is left"
}

# A word with everything that a shell could take for its own; a file elsewhere; 300 KB that have to arrive whole; a
# daemon that holds the output open. The kernel writes about none of it.
printf 'only data\n' >"$work/data"
odd=$'a\'b "c" $HOME \\ *\n;d'
guest 42 --file "$work/data:/etc/place" --env "ODD=$odd" -- /bin/sh -c \
  'cat /etc/place; printf "%s|%s|\n" "$1" "$ODD" >&2; head -c 300000 /dev/zero; setsid sleep 1000 & exit 42' sh "$odd"
{ printf 'only data\n%s|%s|\n' "$odd" "$odd"; head -c 300000 /dev/zero; } | cmp - "$work/stdout" || fail "other output"

guest 137 -- /bin/sh -c 'kill -KILL $$'
# Long enough for the guest to come so far, however busy this machine is.
for deadline in 15 60 240; do
  guest 124 --timeout $deadline -- /bin/sh -c 'echo waiting; sleep 1000'
  if [ -s "$work/stdout" ]; then break; fi
done
[ "$(cat "$work/stdout")" = waiting ] || fail "what it printed before the deadline is lost"
guest 125 -- /bin/sh -c 'echo c >/proc/sysrq-trigger; sleep 1000'
grep -q 'panic' "$work/stderr" || fail "the console's end does not tell of the panic"
guest 2 -- /no/such/program
echo "status, output, deadline and panic come out"
