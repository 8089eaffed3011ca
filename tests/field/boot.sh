#!/usr/bin/env bash
# Boots a copy of a root folder with systemd-nspawn, in a network namespace of its own that has nothing but lo, runs a
# command inside once systemd is up, ends with its exit status, powers off, and leaves nothing.
# Usage: boot.sh [--in-place] [--outside] [--dispose FOLDER] [--bind HOST:INSIDE]... ROOT -- COMMAND [ARGUMENT...]
#   --in-place   boots ROOT itself, which keeps what happened
#   --dispose    removes FOLDER at the end, whatever becomes of this script
#   --outside    COMMAND runs on this machine, in the network namespace. $KEDGE_FIELD_INSIDE PROGRAM... runs one on the device,
#                $KEDGE_FIELD_CUT cuts its power and gives it back, $KEDGE_FIELD_ROOT is its root folder
# The command's stdout and stderr are this program's; its stdin is /dev/null. 125: it could not be booted.
set -euo pipefail

fail() { echo "boot.sh: $*" >&2; exit 125; }
usage() { fail "usage: boot.sh [--in-place] [--outside] [--dispose FOLDER] [--bind HOST:INSIDE]... ROOT -- COMMAND [ARGUMENT...]"; }

original=("$@")
in_place=no
outside=no
root=
dispose=
binds=()
while [ $# -gt 0 ]; do
  case $1 in
    --in-place) in_place=yes ;;
    --outside) outside=yes ;;
    --dispose) dispose=$2; shift ;;
    --bind) binds+=("--bind=$2"); shift ;;
    --) shift; break ;;
    *) root=$1 ;;
  esac
  shift
done
if [ $# -eq 0 ] || ! [ -d "$root" ]; then usage; fi
[ "$(id -u)" -eq 0 ] || fail "only root can boot"
command -v systemd-nspawn >/dev/null || fail "systemd-nspawn is missing (package systemd-container)"
if [ "${KEDGE_FIELD_NETWORK:-}" != own ]; then
  exec unshare --net -- env KEDGE_FIELD_NETWORK=own "$0" "${original[@]}"
fi
unset KEDGE_FIELD_NETWORK
ip link set lo up

# Control groups of its own, in version 2 and, where it is there, systemd's of version 1: nspawn makes groups beneath the
# one that it is in, always by the same names, and leaves them behind.
groups=()
while IFS=: read -r _ controllers path; do
  case $controllers in
    '') mount=$(awk '$3 == "cgroup2" {print $2; exit}' /proc/mounts) ;;
    name=systemd) mount=$(awk '$3 == "cgroup" && $4 ~ /name=systemd/ {print $2; exit}' /proc/mounts) ;;
    *) continue ;;
  esac
  if [ -n "$mount" ]; then groups+=("${mount%/}${path%/}/kedge-field-$$"); fi
done </proc/self/cgroup

work=$(mktemp -d "${TMPDIR:-/tmp}/kedge-field.XXXXXX")
container=
command=

# shellcheck disable=SC2317  # called by finish, which is called by trap
gone() { timeout "$2" tail --pid="$1" -s 0.1 -f /dev/null; }

# Whatever becomes of this script, KILL included: the guardian reads the end of its lifeline, ends what is left and removes it.
guard() {
  trap '' TERM INT HUP PIPE
  cat >/dev/null
  for group in "${groups[@]}"; do
    if [ -e "$group/cgroup.kill" ]; then echo 1 >"$group/cgroup.kill"; fi
  done
  for group in "${groups[@]}"; do
    for _ in $(seq 50); do
      find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null || true
      if [ -d "$group" ]; then sleep 0.1; else break; fi
    done
  done
  rm -rf --one-file-system "$work" ${dispose:+"$dispose"}
}
mkfifo "$work/lifeline"
guard <"$work/lifeline" >/dev/null 2>&1 &
guardian=$!
exec {lifeline}>"$work/lifeline"

# shellcheck disable=SC2317
finish() {
  trap '' TERM INT HUP PIPE
  if [ -n "$command" ]; then kill "$command" 2>/dev/null || true; fi
  # SIGRTMIN+4: power off, orderly.
  if [ -n "$container" ] && leader=$("$work/leader"); then
    kill -s RTMIN+4 "$leader" 2>/dev/null || true
    gone "$container" 30 || true
  fi
  exec {lifeline}>&-
  wait "$guardian" || true
}
trap finish EXIT
trap 'exit 143' TERM INT HUP

if [ $in_place = no ]; then
  "$(dirname "$0")/copy.sh" "$root" "$work/root"
  root=$work/root
fi
mkdir "${groups[@]}"
cat >"$work/nspawn" <<SH
for group in ${groups[@]@Q}; do echo \$\$ >"\$group/cgroup.procs"; done
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
# It ends with 133 when the device reboots; as under systemd, somebody has to start it again.
while :; do
  status=0
  systemd-nspawn -q -D ${root@Q} -M kedge-field-$$ --hostname=kedge-field --boot --register=no --keep-unit \\
    --kill-signal=SIGRTMIN+4 --resolv-conf=off --timezone=off --link-journal=no ${binds[*]@Q} || status=\$?
  # Or when a test has cut the power, which it says here before it kills the first process.
  [ \$status = 133 ] || [ -e '$work/again' ] || exit \$status
  rm -f '$work/again'
done
SH
# On a terminal of its own, for without one nspawn has no console to give.
script -qfec "exec sh '$work/nspawn'" "$work/console" >/dev/null 2>&1 </dev/null {lifeline}>&- &
container=$!

cat >"$work/inside" <<'SH'
#!/bin/sh
# inside COMMAND [ARGUMENT...]: runs it on the device. The first process there is the child of systemd-nspawn, which is
# the child of a shell, which is that of script; it is another one after a reboot. 125: the device is down.
leader=$("$(dirname "$0")/leader") || exit 125
exec nsenter -t "$leader" -m -u -i -p -C -r -w -- env -i HOME=/root LANG=C.UTF-8 TERM=dumb \
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
SH
cat >"$work/leader" <<'SH'
#!/bin/sh
shell=$(pgrep -P "$KEDGE_FIELD_CONTAINER") && nspawn=$(pgrep -P "$shell" -x systemd-nspawn) && pgrep -P "$nspawn" -x systemd
SH
cat >"$work/cut" <<'SH'
#!/bin/sh
# The power is cut, and comes back at once: everything on the device is killed, and it boots again.
leader=$("$(dirname "$0")/leader") && : >"$(dirname "$0")/again" && kill -s KILL "$leader"
SH
chmod 755 "$work/inside" "$work/leader" "$work/cut"
export KEDGE_FIELD_CONTAINER=$container KEDGE_FIELD_INSIDE=$work/inside KEDGE_FIELD_CUT=$work/cut KEDGE_FIELD_ROOT=$root

deadline=$((SECONDS + 60))
until "$work/inside" systemctl is-system-running 2>/dev/null | grep -qE '^(running|degraded)$'; do
  if ! kill -0 "$container" 2>/dev/null || [ $SECONDS -ge $deadline ]; then
    tail -n 20 "$work/console" >&2
    fail "it did not come up"
  fi
  sleep 0.05
done

if [ $outside = no ]; then set -- "$work/inside" "$@"; fi
status=0
"$@" </dev/null {lifeline}>&- &
command=$!
wait $command || status=$?
command=
exit $status
