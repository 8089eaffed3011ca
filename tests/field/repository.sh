#!/usr/bin/env bash
# Gives a root folder a package repository of its own, as its only source: nothing that apt does there goes to a network.
# Usage: repository.sh ROOT
# In ROOT afterwards: /srv/repository (the source), /srv/withheld (packages that are in no source), /etc/apt/sources.list.
#
#   kedge-demo-lib     1.0 2.0  what tool and daemon depend on
#   kedge-demo-tool    1.0 2.0  /usr/bin/kedge-demo-tool, conffile /etc/kedge-demo/tool.conf; 2.0 needs lib 2.0
#   kedge-demo-daemon  1.0 2.0  a service that postinst enables and starts, conffile, a user, state in /var/lib
#   kedge-demo-rival   1.0      Conflicts, Replaces and Provides kedge-demo-tool, and has its file
#   kedge-demo-slow    1.0 2.0  each maintainer script takes 0.4 s and writes to /var/lib/kedge-demo-slow
#   kedge-demo-many    1.0 2.0  1500 files: an unpack that takes its time
#   kedge-demo-broken  1.0      postinst fails
#   kedge-demo-orphan  2.0      1.0 is withheld: who has it cannot get it back from a source
#   kedge-demo-watch   1.0      has a trigger on /usr/share/kedge-demo, which lib fills
set -euo pipefail

fail() { echo "repository.sh: $*" >&2; exit 1; }

if [ $# -ne 1 ] || [ ! -d "$1/var/lib/dpkg" ]; then fail "usage: repository.sh ROOT"; fi
root=$(realpath "$1")
command -v dpkg-scanpackages >/dev/null || fail "dpkg-scanpackages is missing (package dpkg-dev)"
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export SOURCE_DATE_EPOCH=1700000000

# Package NAME VERSION [FIELD...]: begins one, in $tree.
Package() {
  tree=$work/$1_$2
  mkdir -p "$tree/DEBIAN"
  printf '%s\n' "Package: $1" "Version: $2" "Architecture: all" "Maintainer: Kedge <kedge@example.org>" \
    "Section: misc" "Priority: optional" "Description: of Kedge's tests" "${@:3}" >"$tree/DEBIAN/control"
}

# File PATH [MODE]: of the package in $tree; its content is read from stdin.
File() {
  mkdir -p "$(dirname "$tree$1")"
  cat >"$tree$1"
  chmod "${2:-644}" "$tree$1"
}

# Script VERB: a maintainer script; what it does is read from stdin.
Script() { { printf '#!/bin/sh\nset -e\n'; cat; } | File "/DEBIAN/$1" 755; }

# Build [FOLDER]
Build() { dpkg-deb --root-owner-group -Znone --build "$tree" "${1:-$root/srv/repository}" >/dev/null; }

rm -rf "$root/srv/repository" "$root/srv/withheld"
mkdir -p "$root/srv/repository" "$root/srv/withheld"

for version in 1.0 2.0; do
  Package kedge-demo-lib $version
  echo "name() { echo 'kedge-demo-lib $version'; }" | File /usr/share/kedge-demo/lib.sh
  Build

  Package kedge-demo-tool $version "Depends: kedge-demo-lib (>= $version)"
  # shellcheck disable=SC2016  # $(name) is for the script that is written
  printf '#!/bin/sh\n. /usr/share/kedge-demo/lib.sh\necho "kedge-demo-tool %s, $(name)"\n' $version |
    File /usr/bin/kedge-demo-tool 755
  printf 'version=%s\ncolour=grey\n' $version | File /etc/kedge-demo/tool.conf
  echo /etc/kedge-demo/tool.conf | File /DEBIAN/conffiles
  Build

  Package kedge-demo-daemon $version "Depends: kedge-demo-lib"
  printf '#!/bin/sh\n. /usr/share/kedge-demo/lib.sh\necho "version %s"\nexec sleep infinity\n' $version |
    File /usr/sbin/kedge-demo-daemon 755
  printf 'version=%s\n' $version | File /etc/kedge-demo/daemon.conf
  echo /etc/kedge-demo/daemon.conf | File /DEBIAN/conffiles
  File /lib/systemd/system/kedge-demo-daemon.service <<'UNIT'
[Unit]
Description=A daemon of Kedge's tests
[Service]
ExecStart=/usr/sbin/kedge-demo-daemon
[Install]
WantedBy=multi-user.target
UNIT
  # As debhelper writes them.
  Script postinst <<'SH'
if [ "$1" = configure ]; then
  getent passwd kedge-demo >/dev/null || useradd --system --no-create-home --shell /usr/sbin/nologin kedge-demo
  mkdir -p /var/lib/kedge-demo-daemon
  [ -e /var/lib/kedge-demo-daemon/since ] || echo "$(date +%s)" >/var/lib/kedge-demo-daemon/since
fi
if [ "$1" = configure ] || [ "$1" = abort-upgrade ] || [ "$1" = abort-deconfigure ] || [ "$1" = abort-remove ]; then
  deb-systemd-helper unmask 'kedge-demo-daemon.service' >/dev/null || true
  if deb-systemd-helper --quiet was-enabled 'kedge-demo-daemon.service'; then
    deb-systemd-helper enable 'kedge-demo-daemon.service' >/dev/null || true
  else
    deb-systemd-helper update-state 'kedge-demo-daemon.service' >/dev/null || true
  fi
  if [ -d /run/systemd/system ]; then
    systemctl --system daemon-reload >/dev/null || true
    if [ -n "$2" ]; then action=restart; else action=start; fi
    deb-systemd-invoke $action 'kedge-demo-daemon.service' >/dev/null || true
  fi
fi
SH
  Script prerm <<'SH'
if [ -d /run/systemd/system ] && [ "$1" = remove ]; then
  deb-systemd-invoke stop 'kedge-demo-daemon.service' >/dev/null || true
fi
SH
  Script postrm <<'SH'
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then systemctl --system daemon-reload >/dev/null || true; fi
if [ "$1" = purge ]; then
  deb-systemd-helper purge 'kedge-demo-daemon.service' >/dev/null || true
  rm -rf /var/lib/kedge-demo-daemon
  userdel kedge-demo || true
fi
SH
  Build

  Package kedge-demo-slow $version
  echo $version | File /usr/share/kedge-demo-slow/version
  echo "version=$version" | File /etc/kedge-demo/slow.conf
  echo /etc/kedge-demo/slow.conf | File /DEBIAN/conffiles
  for verb in preinst postinst prerm postrm; do
    Script $verb <<SH
[ "\$1" = purge ] || { mkdir -p /var/lib/kedge-demo-slow; echo "$verb $version \$*" >>/var/lib/kedge-demo-slow/history; }
sleep 0.4
[ "$verb \$1" != "postrm purge" ] || rm -rf /var/lib/kedge-demo-slow
SH
  done
  Build

  Package kedge-demo-many $version
  mkdir -p "$tree/usr/share/kedge-demo-many"
  for number in $(seq 1500); do echo "$number of $version" >"$tree/usr/share/kedge-demo-many/$number"; done
  Build
done

Package kedge-demo-rival 1.0 "Depends: kedge-demo-lib" "Conflicts: kedge-demo-tool" "Replaces: kedge-demo-tool" \
  "Provides: kedge-demo-tool"
printf '#!/bin/sh\necho "kedge-demo-rival 1.0"\n' | File /usr/bin/kedge-demo-tool 755
Build

Package kedge-demo-broken 1.0 "Depends: kedge-demo-lib"
echo broken | File /usr/share/kedge-demo-broken/file
Script postinst <<'SH'
echo "kedge-demo-broken: this postinst always fails" >&2
exit 1
SH
Build

Package kedge-demo-watch 1.0
echo "interest-noawait /usr/share/kedge-demo" | File /DEBIAN/triggers
Script postinst <<'SH'
mkdir -p /var/lib/kedge-demo-watch
ls /usr/share/kedge-demo >/var/lib/kedge-demo-watch/list 2>/dev/null || true
SH
Script postrm <<'SH'
[ "$1" != purge ] || rm -rf /var/lib/kedge-demo-watch
SH
Build

for version in 1.0 2.0; do
  Package kedge-demo-orphan $version
  echo $version | File /usr/share/kedge-demo-orphan/version
  echo "version=$version" | File /etc/kedge-demo/orphan.conf
  echo /etc/kedge-demo/orphan.conf | File /DEBIAN/conffiles
  if [ $version = 1.0 ]; then Build "$root/srv/withheld"; else Build; fi
done

(cd "$root/srv/repository" && dpkg-scanpackages --multiversion . 2>/dev/null >Packages)
echo "deb [trusted=yes] file:/srv/repository ./" >"$root/etc/apt/sources.list"
chroot "$root" apt-get -qq update || fail "apt-get update failed in the root"
