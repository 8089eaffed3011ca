#!/usr/bin/env bash
# Boots a Debian 12 device with the Kedge of a build folder installed on it, and runs a program beside it: on this
# machine, in the device's network namespace, with KEDGE_FIELD_INSIDE and KEDGE_FIELD_ROOT (see boot.sh).
# Usage: run.sh BUILD PROGRAM [ARGUMENT...]     77: this machine cannot do it, and the last line says why
set -euo pipefail
here=$(realpath "$(dirname "$0")")

# shellcheck source=outside.sh
. "$here/outside.sh"

if [ $# -lt 2 ]; then echo "usage: run.sh BUILD PROGRAM [ARGUMENT...]" >&2; exit 2; fi
build=$1
shift
need systemd-nspawn mmdebstrap dpkg-scanpackages script nsenter mosquitto
begin device

mapfile -t programs < <(find "$build/agent" "$build/handlers" -type f -perm -100 -exec sh -c \
  'for file; do head -c 4 "$file" | grep -q ELF && echo "$file"; done; true' _ {} +)
root=$("$here/root.sh" "${programs[@]}") || skip "no Debian root folder could be made"
"$here/copy.sh" "$root" "$work/root"
DESTDIR=$work/root cmake --install "$build" --prefix /usr --strip >"$work/install.log" 2>&1 ||
  { tail -n 5 "$work/install.log" >&2; echo "run.sh: cannot install Kedge" >&2; exit 1; }
systemd-sysusers --root="$work/root" >/dev/null
mkdir -p "$work/root/etc/kedge"

finally "$here/boot.sh" --in-place --outside --dispose "$work" "$work/root" -- "$@"
