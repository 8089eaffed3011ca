#!/usr/bin/env bash
# Makes, once, the root folder of a Debian 12 board from Debian's packages: extracted, and then completed with this
# machine's own programs. Nothing that was extracted is run, so any architecture can be made anywhere. Prints its path.
# Never change what it prints: image.sh copies it.
# Usage: root.sh amd64|arm64|armhf [PACKAGE...]       PACKAGE: comes along with all that it needs
set -euo pipefail
here=$(realpath "$(dirname "$0")")
# shellcheck source=debian.sh
. "$here/debian.sh"

arch=${1:?usage: root.sh amd64|arm64|armhf [PACKAGE...]}
shift
# The essential ones; init, devices, a bus, network; what handlers and guards, or a test's comparison, call.
packages=(base-files base-passwd bash coreutils dash debconf debianutils diffutils dpkg findutils grep gzip hostname
  init-system-helpers libc-bin login mawk mount passwd perl-base sed sysvinit-utils tar util-linux
  systemd systemd-sysv udev dbus kmod iproute2 e2fsprogs procps
  apt debian-archive-keyring ca-certificates openssl curl acl attr libcap2-bin netbase "$@")

[ "$(id -u)" -eq 0 ] || fail "only root can make a root folder with its owners"
for program in mmdebstrap systemd-sysusers systemctl dpkg-deb; do
  command -v $program >/dev/null || fail "$program is missing"
done
cache=$(Cache)
root=$cache/root-$arch
exec 9>"$root.lock"
flock 9
wanted=$(printf '%s\n' "${packages[@]}" "$(cat "$0" "$here/complete_root.sh" "$here/control.sh" | cksum)" | sort -u)
if [ "$(cat "$root.packages" 2>/dev/null)" = "$wanted" ]; then
  echo "$root"
  exit 0
fi
sources=$(Sources)
[ -n "$sources" ] || fail "apt knows no source of Debian 12 here; apt-get update may help"
rm -rf "$root" "$root.new" "$root.packages"
# The packages' files stay for complete_root.sh. No documentation: it is most of the files, and a board's disk is small.
mmdebstrap --quiet --variant=extract --arch="$arch" --include="$(IFS=,; echo "${packages[*]}")" \
  --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr --skip=cleanup/apt \
  --aptopt='APT::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
  bookworm "$root.new" - <<<"$sources" >"$root.log" 2>&1 || { tail -n 20 "$root.log" >&2; fail "mmdebstrap failed"; }
"$here/complete_root.sh" "$root.new" >>"$root.log" 2>&1 || { tail -n 20 "$root.log" >&2; fail "cannot complete the root folder"; }
mv "$root.new" "$root"
echo "$wanted" >"$root.packages"
echo "$root"
