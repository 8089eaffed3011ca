#!/usr/bin/env bash
# Makes Kedge's own package, in four versions, and puts them into the package repository of a root folder: for updates of
# the agent by a job. They hold what `cmake --install` gives; the packages that are shipped are another matter.
# Usage: kedge_packages.sh BUILD ROOT
#   kedge 1.0, 2.0   whole
#   kedge 3.0        its kedged ends at once
#   kedge 4.0        its kedge-link does nothing: the agent runs and is never connected
#   kedge 5.0        cannot be installed: its postinst fails
set -euo pipefail

fail() { echo "kedge_packages.sh: $*" >&2; exit 1; }
if [ $# -ne 2 ] || [ ! -d "$2/srv/repository" ]; then fail "usage: kedge_packages.sh BUILD ROOT"; fi
build=$1
root=$2
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export SOURCE_DATE_EPOCH=1700000000

tree=$work/tree
DESTDIR=$tree cmake --install "$build" --prefix /usr --strip >"$work/log" 2>&1 || { tail -n 5 "$work/log" >&2; fail "cannot install $build"; }
mkdir -p "$tree/DEBIAN" "$tree/usr/share/kedge"

# Build VERSION
Build() {
  echo "$1" >"$tree/usr/share/kedge/release"
  cat >"$tree/DEBIAN/control" <<END
Package: kedge
Version: $1
Architecture: $(dpkg --print-architecture)
Maintainer: Kedge <kedge@example.org>
Section: admin
Priority: optional
Description: Kedge, as its tests package it
END
  cat >"$tree/DEBIAN/postinst" <<END
#!/bin/sh
set -e
systemctl daemon-reload
# A job that updates Kedge restarts it itself, at its time.
[ -n "\${KEDGE_UPDATE:-}" ] || systemctl try-restart kedged kedge-link
$2
END
  chmod 755 "$tree/DEBIAN/postinst"
  dpkg-deb --root-owner-group -Zgzip -z1 --build "$tree" "$root/srv/repository" >/dev/null
}

Build 1.0 true
Build 2.0 true
Build 5.0 'echo "this version does not like the device" >&2; exit 1'
cp "$tree/usr/sbin/kedge-link" "$work/kedge-link"
printf '#!/bin/sh\nexec sleep infinity\n' >"$tree/usr/sbin/kedge-link"
Build 4.0 true
cp "$work/kedge-link" "$tree/usr/sbin/kedge-link"
printf '#!/bin/sh\necho "this version is broken" >&2\nexit 1\n' >"$tree/usr/sbin/kedged"
Build 3.0 true
(cd "$root/srv/repository" && dpkg-scanpackages --multiversion . 2>/dev/null >Packages)
