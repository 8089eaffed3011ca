#!/usr/bin/env bash
# Boots a Debian device and runs a test program there, which finds the build's handlers in /kedge/handlers.
# Usage: services_field.sh BUILD PROGRAM [ARGUMENT...]     77: this machine cannot do it, and the last line says why
set -euo pipefail
field=$(realpath "$(dirname "$0")/../field")

skip() { echo "skipped: $*"; exit 77; }

if [ $# -lt 2 ]; then echo "usage: services_field.sh BUILD PROGRAM [ARGUMENT...]" >&2; exit 2; fi
build=$(realpath "$1")
program=$(realpath "$2")
shift 2
[ "$(id -u)" -eq 0 ] || skip "only root can boot a root folder"
for needed in systemd-nspawn mmdebstrap script nsenter; do
  command -v $needed >/dev/null || skip "$needed is missing"
done
unshare --net true 2>/dev/null || skip "no network namespace can be made here"
root=$("$field/root.sh" "$program" "$build/handlers/guards/services") || skip "no Debian root folder could be made"
status=0
"$field/boot.sh" --bind "$build/handlers:/kedge/handlers" --bind "$(dirname "$program"):/kedge/tests" "$root" -- \
  "/kedge/tests/$(basename "$program")" "$@" || status=$?
[ $status -ne 125 ] || skip "systemd cannot be booted here"
exit $status
