#!/usr/bin/env bash
# Boots a Debian device that has the packages of a build folder in /srv/kedge, none of them installed, and runs a program
# beside it, as tests/field/run.sh does. Usage: run.sh BUILD PROGRAM [ARGUMENT...]     77: this machine cannot do it
#   /srv/kedge/kedge_VERSION_ARCH.deb     1.0 and 2.0 are whole; 3.0 takes no configuration; 4.0 fails before it is unpacked
set -euo pipefail
here=$(realpath "$(dirname "$0")")
field=$here/../field

# shellcheck source=../field/outside.sh
. "$field/outside.sh"

if [ $# -lt 2 ]; then echo "usage: run.sh BUILD PROGRAM [ARGUMENT...]" >&2; exit 2; fi
build=$1
shift
need systemd-nspawn mmdebstrap dpkg-scanpackages script nsenter mosquitto
begin device

root=$("$here/root.sh" "$build") || skip "no Debian root folder could be made"
"$field/copy.sh" "$root" "$work/root"
made=("$build"/packages/made/kedge_*.deb)
mkdir "$work/root/srv/kedge"
"$here/repack.sh" "${made[0]}" "$work/root/srv/kedge" 1.0
"$here/repack.sh" "${made[0]}" "$work/root/srv/kedge" 2.0
"$here/repack.sh" "${made[0]}" "$work/root/srv/kedge" 3.0 unwilling
"$here/repack.sh" "${made[0]}" "$work/root/srv/kedge" 4.0 unpacked

finally "$field/boot.sh" --in-place --outside --dispose "$work" "$work/root" -- "$@"
