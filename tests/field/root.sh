#!/usr/bin/env bash
# Makes, once, the root folder of a Debian 12 device: apt, dpkg, systemd and what Kedge's programs are linked with, from
# the mirror of this machine's own apt sources, with repository.sh's packages as its only source. Prints its path. Never
# boot or change what it prints: copy.sh copies it.
# Usage: root.sh [PROGRAM...]     PROGRAM: built programs that are to run there; their libraries' packages come along
# The cache is $KEDGE_FIELD_CACHE, or build/field in this tree; remove it to get a newer root.
set -euo pipefail
here=$(realpath "$(dirname "$0")")
cache=${KEDGE_FIELD_CACHE:-$here/../../build/field}

fail() { echo "root.sh: $*" >&2; exit 1; }

# A device's own: init, a bus, and what the handlers and guards, or the test's comparison, call.
packages=(systemd systemd-sysv dbus apt curl acl attr libcap2-bin ca-certificates procps)

# The packages of the libraries that the programs need, by what this machine's dpkg says of each file.
LibraryPackages() {
  local library
  { ldd "$@" 2>/dev/null || true; } | sed -n 's/.*=> \(\/[^ ]*\) (0x.*/\1/p' | sort -u | while read -r library; do
    library=$(realpath "$library")
    # dpkg knows a file by the name in its package: /lib/..., where /lib is a link to /usr/lib by now.
    dpkg-query -S "$library" "${library#/usr}" 2>/dev/null || true
  done | sed 's/:.*//' | sort -u
}

# Debian's own sources of this machine, as lines of a sources.list.
Sources() {
  # shellcheck disable=SC2016  # $(...) is apt's
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
    awk '$2 ~ /^bookworm/ {print "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]", $1, ($1 ~ /security/ ? "bookworm-security" : $2), $3}' |
    sort -u
}

# The packages are made anew when their script has changed.
ready() {
  local now
  now=$(cksum <"$here/repository.sh")
  if [ "$(cat "$cache/repository" 2>/dev/null)" != "$now" ]; then
    "$here/repository.sh" "$cache/root" >&2
    echo "$now" >"$cache/repository"
  fi
  echo "$cache/root"
  exit 0
}

[ "$(id -u)" -eq 0 ] || fail "only root can make a root folder with its owners"
command -v mmdebstrap >/dev/null || fail "mmdebstrap is missing"
if [ $# -gt 0 ]; then mapfile -t -O "${#packages[@]}" packages < <(LibraryPackages "$@"); fi

mkdir -p "$cache"
cache=$(realpath "$cache")
exec 9>"$cache/lock"
flock 9 # those that start at the same time make one
wanted=$(printf '%s\n' "${packages[@]}" | sort -u)
# What is there will do if it holds all that is wanted; a root made for more programs serves one for fewer.
if [ -e "$cache/packages" ] && [ -z "$(comm -23 <(echo "$wanted") "$cache/packages")" ]; then
  ready
fi
[ ! -e "$cache/packages" ] || wanted=$(sort -u - "$cache/packages" <<<"$wanted")

sources=$(Sources)
[ -n "$sources" ] || fail "apt knows no source of Debian 12 here; apt-get update may help"
rm -rf "$cache/root" "$cache/packages" "$cache/repository" "$cache/new"
mmdebstrap --quiet --variant=minbase --include="$(paste -sd, <<<"$wanted")" \
  bookworm "$cache/new" - <<<"$sources" >"$cache/log" 2>&1 || { tail -n 20 "$cache/log" >&2; fail "mmdebstrap failed"; }

# A device under test asks nothing of any network; repository.sh brings the one source that it has.
rm -f "$cache"/new/etc/apt/sources.list "$cache"/new/etc/apt/sources.list.d/* "$cache"/new/etc/apt/auth.conf.d/*
rm -rf "$cache"/new/var/lib/apt/lists/* "$cache"/new/var/cache/apt/archives/*.deb
# Nothing that runs by the clock: whatever changes during a test was changed by the test.
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer \
  systemd-tmpfiles-clean.timer; do
  ln -sf /dev/null "$cache/new/etc/systemd/system/$unit"
done
# The first boot would fill it, and ask who we are.
echo "uninitialized" >"$cache/new/etc/machine-id"
systemd-machine-id-setup --root="$cache/new" >/dev/null 2>&1 || fail "no machine-id"
echo kedge-field >"$cache/new/etc/hostname"
printf '127.0.0.1 localhost kedge-field\n' >"$cache/new/etc/hosts"
sync -f "$cache/new"
mv "$cache/new" "$cache/root"
echo "$wanted" >"$cache/packages"
ready
