#!/usr/bin/env bash
# The guard `services` over a reboot in the middle of a step: what systemd forgets at a reboot, and what it starts by
# itself at the next boot, is as it was before the step when restore has run. Judged by systemctl and a list of files.
# Usage: services_reboot_field.sh BUILD     77: this machine cannot do it, and the last line says why
set -euo pipefail
field=$(realpath "$(dirname "$0")/../field")

skip() { echo "skipped: $*"; exit 77; }

if [ $# -ne 1 ]; then echo "usage: services_reboot_field.sh BUILD" >&2; exit 2; fi
build=$(realpath "$1")
[ "$(id -u)" -eq 0 ] || skip "only root can boot a root folder"
for needed in systemd-nspawn mmdebstrap script nsenter; do
  command -v $needed >/dev/null || skip "$needed is missing"
done
unshare --net true 2>/dev/null || skip "no network namespace can be made here"
original=$("$field/root.sh" "$build/handlers/guards/services") || skip "no Debian root folder could be made"

work=$(mktemp -d "${TMPDIR:-/tmp}/kedge-services.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 143' TERM INT HUP
"$field/copy.sh" "$original" "$work/root"

cat >"$work/root/common.sh" <<'END'
set -eu
export KEDGE_STATE_DIR=/var/lib/kedge-test/state
services() { /kedge/handlers/guards/services "$1" "t-on t-manual t-down t-none"; }
unit() { printf '[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n' >"/etc/systemd/system/$1.service"; }
drop_in() {
  mkdir -p "$1/t-on.service.d"
  printf '[Service]\nEnvironment=%s\n' "$2" >"$1/t-on.service.d/x.conf"
}
look() {
  for one in t-on t-manual t-down t-none; do
    systemctl show --property=Id,ActiveState,SubState,UnitFileState,LoadState,DropInPaths,Environment,WantedBy $one
  done
  find /etc/systemd/system /run/systemd/system -name 't-*' | sort
}
END
cat >"$work/root/first.sh" <<'END'
. /common.sh
mkdir -p "$KEDGE_STATE_DIR"
for one in t-on t-manual t-down; do unit $one; done
drop_in /run/systemd/system KEPT=1
systemctl daemon-reload
systemctl enable --now t-on
systemctl start t-manual
systemctl enable t-down
look >/var/lib/kedge-test/before
services snapshot
drop_in /etc/systemd/system CHANGED=1
unit t-none
systemctl daemon-reload
systemctl disable --now t-on
systemctl enable t-manual
systemctl enable --now t-none
END
cat >"$work/root/second.sh" <<'END'
. /common.sh
# What makes this test one: the reboot has brought up what was down, and left down what was up.
[ "$(systemctl is-active t-on t-manual t-down t-none | tr '\n' ' ')" = "inactive active active active " ]
services verify && exit 1
services restore
services verify
services restore
look | diff /var/lib/kedge-test/before -
END

for script in first second; do
  status=0
  "$field/boot.sh" --in-place --bind "$build/handlers:/kedge/handlers" "$work/root" -- sh "/$script.sh" || status=$?
  [ $status -ne 125 ] || skip "systemd cannot be booted here"
  [ $status -eq 0 ] || { echo "$script.sh ended with $status" >&2; exit 1; }
done
echo "as it was before the step"
