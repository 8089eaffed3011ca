#!/usr/bin/env bash
# Boots a Debian 12 device with the Kedge of a build folder installed on it, and runs a program beside it: on this
# machine, in the device's network namespace, with KEDGE_FIELD_INSIDE and KEDGE_FIELD_ROOT (see boot.sh).
# Usage: run.sh BUILD PROGRAM [ARGUMENT...]     77: this machine cannot do it, and the last line says why
set -euo pipefail
here=$(realpath "$(dirname "$0")")

skip() { echo "skipped: $*"; exit 77; }

if [ $# -lt 2 ]; then echo "usage: run.sh BUILD PROGRAM [ARGUMENT...]" >&2; exit 2; fi
build=$1
shift
[ "$(id -u)" -eq 0 ] || skip "only root can boot a root folder"
for needed in systemd-nspawn mmdebstrap dpkg-scanpackages script nsenter mosquitto; do
  command -v $needed >/dev/null || skip "$needed is missing"
done
unshare --net true 2>/dev/null || skip "no network namespace can be made here"

work=$(mktemp -d "${TMPDIR:-/tmp}/kedge-device.XXXXXX")
child=
# shellcheck disable=SC2317  # called by trap
finish() {
  trap '' TERM INT HUP PIPE
  if [ -n "$child" ]; then
    kill "$child" 2>/dev/null || true
    wait "$child" || true
  fi
  rm -rf --one-file-system "$work"
}
trap finish EXIT
trap 'exit 143' TERM INT HUP

mapfile -t programs < <(find "$build/agent" "$build/handlers" -type f -perm -100 -exec sh -c \
  'for file; do head -c 4 "$file" | grep -q ELF && echo "$file"; done; true' _ {} +)
root=$("$here/root.sh" "${programs[@]}") || skip "no Debian root folder could be made"
"$here/copy.sh" "$root" "$work/root"
DESTDIR=$work/root cmake --install "$build" --prefix /usr --strip >"$work/install.log" 2>&1 ||
  { tail -n 5 "$work/install.log" >&2; echo "run.sh: cannot install Kedge" >&2; exit 1; }
systemd-sysusers --root="$work/root" >/dev/null
mkdir -p "$work/root/etc/kedge"

"$here/boot.sh" --in-place --outside --dispose "$work" "$work/root" -- "$@" &
child=$!
status=0
wait $child || status=$?
child=
exit $status
