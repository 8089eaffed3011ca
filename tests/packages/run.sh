#!/usr/bin/env bash
# Boots a Debian device that has the packages of a build folder in /srv/kedge, none of them installed, and runs a program
# beside it, as tests/field/run.sh does. Usage: run.sh BUILD PROGRAM [ARGUMENT...]     77: this machine cannot do it
#   /srv/kedge/kedge_VERSION_ARCH.deb     1.0 and 2.0 are whole; 3.0 takes no configuration; 4.0 fails before it is unpacked
set -euo pipefail
here=$(realpath "$(dirname "$0")")
field=$here/../field

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

root=$("$here/root.sh" "$build") || skip "no Debian root folder could be made"
"$field/copy.sh" "$root" "$work/root"
made=("$build"/packages/made/kedge_*.deb)
mkdir "$work/root/srv/kedge"
"$here/repack.sh" "${made[0]}" "$work/root/srv/kedge" 1.0
"$here/repack.sh" "${made[0]}" "$work/root/srv/kedge" 2.0
"$here/repack.sh" "${made[0]}" "$work/root/srv/kedge" 3.0 unwilling
"$here/repack.sh" "${made[0]}" "$work/root/srv/kedge" 4.0 unpacked

"$field/boot.sh" --in-place --outside --dispose "$work" "$work/root" -- "$@" &
child=$!
status=0
wait $child || status=$?
child=
exit $status
