#!/usr/bin/env bash
# Runs a program of this machine as root in a small Linux guest that has every controller of control groups. What the
# program prints goes to stdout; its exit status becomes ours. README.md says more.
# Usage: run.sh [OPTION]... -- PROGRAM [ARGUMENT]...
#   --file SRC[:DEST]   also put SRC (a file or a folder) into the guest, at DEST or where it is here; with the shared
#                       libraries of each program and the interpreter of each script. Repeatable.
#   --env NAME=VALUE    set in the program's environment. Repeatable.
#   --append "ARGS"     more arguments for the kernel: "cgroup_disable=memory" boots as Raspberry Pi OS does
#   --hybrid            control groups of version 1 on /sys/fs/cgroup, version 2 on /sys/fs/cgroup/unified
#   --module NAME       load a module of the kernel, and what it needs. Repeatable.
#   --memory MIB        of the guest (default 256)
#   --timeout SECONDS   from start to end (default 300)
#   --times             print the seconds taken, to stderr
# Exit: the program's status (128 + N when signal N ended it); 124 at the deadline; 125 when the guest ended without a
# status; 77 when this machine cannot run it; 2 for a mistake in the arguments.
set -euo pipefail
here=$(dirname "$(realpath "$0")")

say() { echo "guest: $*" >&2; }
usage() { say "$1; the first lines of tests/guest/run.sh tell how"; exit 2; }

files=() env=() modules=() append='' hybrid=no memory=256 deadline=300 times=no
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  case $1 in
    --hybrid) hybrid=yes; shift; continue ;;
    --times) times=yes; shift; continue ;;
    --file | --env | --module | --append | --memory | --timeout) [ $# -ge 2 ] || usage "$1 without a value" ;;
    *) usage "no such option: $1" ;;
  esac
  case $1 in
    --file) files+=("$2") ;;
    --env) env+=("$2") ;;
    --module) modules+=("$2") ;;
    --append) append=$2 ;;
    --memory) memory=$2 ;;
    --timeout) deadline=$2 ;;
  esac
  shift 2
done
[ $# -ge 2 ] || usage "no -- PROGRAM"
shift

skip() { say "skipped: $*"; exit 77; }
[ "$(uname -m)" = x86_64 ] || skip "this is $(uname -m); the guest runs programs of an x86-64 machine"
for tool in qemu-system-x86_64 cpio busybox; do
  command -v "$tool" >/dev/null || skip "there is no $tool; tests/guest/setup.sh installs it"
done
if ldd "$(command -v busybox)" >/dev/null 2>&1; then skip "busybox is not static; tests/guest/setup.sh installs that"; fi
program=$(type -P "$1") || { say "no such program: $1"; exit 2; }
program=$(realpath -s "$program")
shift
kernel=$(bash "$here/kernel.sh")

began=$EPOCHREALTIME
work=$(mktemp -d)
qemu=
finish() {
  if [ -n "$qemu" ]; then
    kill -KILL "$qemu" 2>/dev/null || true
    wait "$qemu" 2>/dev/null || true  # without it, the shell would tell of the end
  fi
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# --- the guest's files
. "$here/files.sh"
root=$work/root
MakeRoot "$root" "$here/init.sh"
for name in "${basic_programs[@]}"; do AddFile "$root" "/usr/bin/$name" "/usr/bin/$name"; done
AddFile "$root" "$program" "$program"
for file in "${files[@]}"; do
  source=$(realpath -s "${file%%:*}")
  [ -e "$source" ] || { say "no such file: $source"; exit 2; }
  destination=$source
  case $file in *:*) destination=${file#*:} ;; esac
  AddFile "$root" "$source" "$destination"
done
AddLibraries "$root"
for module in "${modules[@]}"; do
  AddModule "$root" "$(dirname "$kernel")/modules" "$module" || { say "no such module: $module"; exit 2; }
done
AddApplets "$root"
if [ "$hybrid" = yes ]; then : >"$root/guest/hybrid"; fi
Command "$program" "$@" >"$root/guest/command"
chmod 755 "$root/guest/command"
# Not compressed: unpacking takes longer, on an emulated processor, than reading.
(cd "$root" && find . -print0 | cpio --null --quiet --create --format newc --owner 0:0) >"$work/initramfs"
packed=$EPOCHREALTIME

# --- the machine
# Emulated, even where /dev/kvm is: there are machines whose KVM does not get through Debian's kernel. Neither disk nor
# network card. Killed with us, should somebody kill us.
: >"$work/console" >"$work/status"
mkfifo "$work/output"
setpriv --pdeathsig KILL qemu-system-x86_64 -machine q35 -accel tcg,thread=multi -cpu qemu64 -smp 2 -m "$memory" \
  -nodefaults -no-user-config -display none -no-reboot -nic none \
  -kernel "$kernel" -initrd "$work/initramfs" -append "console=ttyS0 loglevel=4 panic=-1 $append" \
  -serial "file:$work/console" -serial stdio -serial "file:$work/status" \
  </dev/null >"$work/output" 2>"$work/qemu" &
qemu=$!
# The pipe is at its end when the machine is.
timeout "$deadline" cat "$work/output" &
ended=0
wait $! || ended=$?

TellMore() {
  say "$1; the end of its console:"
  tail -n 40 "$work/qemu" "$work/console" >&2
}
if [ "$ended" -eq 124 ]; then
  TellMore "not at its end after $deadline s"
  exit 124
fi
wait "$qemu" || true
qemu=
status=$(cat "$work/status")
if [ "$times" = yes ]; then
  awk -v a="$began" -v b="$packed" -v c="$EPOCHREALTIME" -v size="$(stat -c %s "$work/initramfs")" \
    'BEGIN {printf "guest: files %.1f s (%.0f MiB), machine %.1f s\n", b - a, size / 1048576, c - b}' >&2
fi
if ! [[ $status =~ ^[0-9]+$ ]]; then
  TellMore "the guest ended without saying how its program did"
  exit 125
fi
exit "$status"
