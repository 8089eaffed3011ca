#!/usr/bin/env bash
# Makes another version of a built package of Kedge, whole or broken in one way, by what cpack made: everything else in it
# is what is shipped. /usr/share/kedge/release in it names the version.
# Usage: repack.sh DEB FOLDER VERSION [KIND]
#   good       whole; the default
#   ends       its kedged takes any configuration, and ends at once
#   mute       its kedge-link does nothing: the agent runs and is never connected
#   unwilling  its kedged takes no configuration
#   unready    its postinst fails
#   unpacked   its preinst fails, before anything is unpacked
set -euo pipefail

fail() { echo "repack.sh: $*" >&2; exit 1; }
if [ $# -lt 3 ] || [ ! -f "$1" ] || [ ! -d "$2" ]; then fail "usage: repack.sh DEB FOLDER VERSION [KIND]"; fi
deb=$1
folder=$2
version=$3
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export SOURCE_DATE_EPOCH=1700000000
tree=$work/tree
dpkg-deb -R "$deb" "$tree"

# Script PATH: a program in its place; what it does is read from stdin.
Script() {
  { printf '#!/bin/sh\n'; cat; } >"$tree/$1"
  chmod 755 "$tree/$1"
}

case ${4:-good} in
  good) ;;
  ends) Script usr/sbin/kedged <<<'case $* in *--check-config*) exit 0 ;; esac; echo "this version is broken" >&2; exit 1' ;;
  mute) Script usr/sbin/kedge-link <<<'exec sleep infinity' ;;
  unwilling) Script usr/sbin/kedged <<<'echo "this version takes no configuration" >&2; exit 1' ;;
  unready) Script DEBIAN/postinst <<<'echo "this version does not like the device" >&2; exit 1' ;;
  unpacked) Script DEBIAN/preinst <<<'echo "this version does not like the device" >&2; exit 1' ;;
  *) fail "unknown kind $4" ;;
esac
echo "$version" >"$tree/usr/share/kedge/release"
sed -i "s/^Version: .*/Version: $version/" "$tree/DEBIAN/control"
(cd "$tree" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
dpkg-deb --root-owner-group -Zgzip -z1 --build "$tree" "$folder" >/dev/null
