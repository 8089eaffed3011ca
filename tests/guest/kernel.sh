#!/usr/bin/env bash
# Gets Debian's kernel for the guest, once: downloads its package with apt-get and unpacks it into the cache; nothing is
# installed. Prints the kernel's path. Usage: kernel.sh
# The cache is $KEDGE_GUEST_CACHE, or build/guest in this tree; remove it to get a newer kernel.
set -euo pipefail
cache=${KEDGE_GUEST_CACHE:-$(realpath "$(dirname "$0")/../..")/build/guest}

fail() { echo "kernel.sh: $*" >&2; exit 1; }

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9  # guests that start at the same time download once
if [ ! -e "$cache/vmlinuz" ]; then
  # The package that is named by the architecture only points at the one of the newest version. The cloud kernel has
  # what a virtual machine needs, and is half the size.
  package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | awk '/Depends: linux-image/ {print $2; exit}')
  [ -n "$package" ] || fail "apt does not know linux-image-cloud-amd64; apt-get update may help"
  work=$(mktemp -d "$cache/new.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  # Without a word on success; apt warns that it cannot change to its own user for a download to this place.
  (cd "$work" && apt-get -qq download "$package" >apt.log 2>&1) || { cat "$work/apt.log" >&2; fail "cannot download $package"; }
  dpkg-deb --extract "$work"/linux-image-*.deb "$work/tree"
  # From the package, for tests that need a module. Then the kernel, as the last: its presence says "complete".
  rm -rf "$cache/modules"
  mv "$work/tree"/usr/lib/modules "$cache/modules" 2>/dev/null || mv "$work/tree/lib/modules" "$cache/modules"
  mv "$work/tree"/boot/vmlinuz-* "$cache/vmlinuz"
fi
echo "$cache/vmlinuz"
