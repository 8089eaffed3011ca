#!/usr/bin/env bash
# Makes, once, a board's disk: Debian 12 with the given packages installed on it from their files alone. Prints a folder:
# disk.img (ext4, no partitions), vmlinuz, initrd.img, dtb for raspi3b, and the file `arch` with the board's name. It is
# not to be changed; a run copies the disk.
# Usage: image.sh amd64|arm64|armhf|raspi3b PACKAGE.deb...
# On amd64 the packages are installed in a change of root. Elsewhere the board boots once, under QEMU and without a network,
# and installs them itself with dpkg: no program for another processor is run by this machine's kernel.
set -euo pipefail
here=$(realpath "$(dirname "$0")")
# shellcheck source=debian.sh
. "$here/debian.sh"
# shellcheck source=emulator.sh
. "$here/emulator.sh"

board=${1:?usage: image.sh amd64|arm64|armhf|raspi3b PACKAGE.deb...}
shift
[ $# -gt 0 ] || fail "name the packages to install"
case $board in raspi3b) arch=arm64 ;; *) arch=$board ;; esac
# A power of two, as an SD card's size has to be.
size=1G

# The packages that these need and that are not among them, the first of alternatives.
Needed() {
  local package
  for package in "$@"; do
    dpkg-deb --field "$package" Pre-Depends
    dpkg-deb --field "$package" Depends
  done | tr ',' '\n' | sed 's/|.*//; s/(.*//; s/:any//; s/ //g; /^$/d' | sort -u |
    grep -vxF "$(for package in "$@"; do dpkg-deb --field "$package" Package; done)" || true
}

# InstallHere ROOT PACKAGE...: this machine's processor.
InstallHere() {
  local root=$1
  shift
  mkdir "$root/var/packages"
  cp "$@" "$root/var/packages/"
  # shellcheck disable=SC2016  # $1 is for the inner shell
  unshare --mount --pid --fork -- sh -c 'mount --bind /dev "$1/dev" && mount -t proc proc "$1/proc" &&
    DEBIAN_FRONTEND=noninteractive exec chroot "$1" sh -c "dpkg --install /var/packages/*.deb"' _ "$root" >"$work/install.log" 2>&1 ||
    { tail -n 20 "$work/install.log" >&2; fail "the packages cannot be installed"; }
  rm -r "$root/var/packages"
}

# PrepareInstallThere ROOT PACKAGE...: a unit that installs them and switches off.
PrepareInstallThere() {
  local root=$1
  shift
  mkdir "$root/var/packages"
  cp "$@" "$root/var/packages/"
  cat >"$root/var/packages/install" <<'SH'
#!/bin/sh
export DEBIAN_FRONTEND=noninteractive
dpkg --install /var/packages/*.deb && rm -r /var/packages /etc/systemd/system/board-install.service && sync && echo "board-install: done"
SH
  chmod 755 "$root/var/packages/install"
  cat >"$root/etc/systemd/system/board-install.service" <<'END'
[Unit]
SuccessAction=poweroff-force
FailureAction=poweroff-force
[Service]
Type=oneshot
ExecStart=/var/packages/install
StandardOutput=journal+console
StandardError=journal+console
END
}

# InstallThere DISK KERNEL: the board's own processor, at its first boot.
InstallThere() {
  Emulate "$arch" "$1" "$2" "$work/install.log" systemd.unit=board-install.service ||
    { tail -n 30 "$work/install.log" "$work/install.log.emulator" >&2; fail "the board does not end its first boot"; }
  grep -q 'board-install: done' "$work/install.log" ||
    { tail -n 30 "$work/install.log" >&2; fail "the board cannot install the packages"; }
}

# Finish DISK: the image's folder in its place.
Finish() {
  if [ "$1" != "$work/out/disk.img" ]; then cp --sparse=always "$1" "$work/out/disk.img"; fi
  cp "$boot/vmlinuz" "$boot/initrd.img" "$work/out/"
  if [ -e "$boot/dtb" ]; then cp "$boot/dtb" "$work/out/"; fi
  echo "$board" >"$work/out/arch"
  echo "$*" >"$work/out/complete"
  rm -rf "$out"
  mv "$work/out" "$out"
  echo "$out"
}

cache=$(Cache)
boot=$("$here/kernel.sh" "$board")
if [ "$board" != "$arch" ]; then
  # The same disk as that of the virtual board, which has the modules for both; it is not made twice.
  base=$("$here/image.sh" "$arch" "$@")
  out=$cache/image-$board-$(echo "$base" "$(cksum <"$boot/initrd.img")" "$(cksum <"$boot/dtb")" | sha256sum | cut -c 1-16)
  if [ ! -e "$out/complete" ]; then
    work=$(mktemp -d "$cache/new.XXXXXX")
    trap 'rm -rf --one-file-system "$work"' EXIT
    mkdir "$work/out"
    Finish "$base/disk.img" >/dev/null
  fi
  echo "$out"
  exit 0
fi
mapfile -t needed < <(Needed "$@")
root=$("$here/root.sh" "$arch" "${needed[@]}")
out=$cache/image-$board-$( (cat "$@" "$0" "$here/emulator.sh" "$root.packages" "$boot/complete" && echo "$size") | sha256sum | cut -c 1-16)
exec 9>"$cache/image-$board.lock"
flock 9
if [ -e "$out/complete" ]; then
  echo "$out"
  exit 0
fi
# Each package that was ever tried has one; a run that goes on for two days would have its kernel taken away.
find "$cache" -maxdepth 1 -name "image-$board-*" -type d -mtime +1 -exec rm -rf {} +
work=$(mktemp -d "$cache/new.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
mkdir "$work/out"
cp -a "$root" "$work/root"

# Modules for what the emulated boards have, and what a device's jobs may need.
release=$(ls "$boot/lib/modules")
for module in virtio_net virtio_rng virtio_console ipv6 af_packet loop autofs4 fuse overlay bcm2835_wdt bcm2835_rng smsc95xx \
  usbnet cdc_ether dwc2 softdog i6300esb dm_flakey nf_tables; do
  modprobe -d "$boot" -S "$release" --show-depends "$module" 2>/dev/null | awk '/^insmod/ {print $2}' || true
done | sort -u | while read -r file; do
  install -D -m 644 "$file" "$work/root/usr/lib/modules/$release/${file#*"/lib/modules/$release/"}"
done
cp "$boot/lib/modules/$release"/modules.{builtin,builtin.modinfo,order} "$work/root/usr/lib/modules/$release/"
depmod -b "$work/root" "$release"

if [ "$arch" = "$(dpkg --print-architecture)" ]; then InstallHere "$work/root" "$@"; else PrepareInstallThere "$work/root" "$@"; fi
truncate -s "$size" "$work/out/disk.img"
mke2fs -q -t ext4 -L root -d "$work/root" -E lazy_itable_init=0,lazy_journal_init=0 "$work/out/disk.img"
if [ "$arch" != "$(dpkg --print-architecture)" ]; then InstallThere "$work/out/disk.img" "$boot"; fi

Finish "$work/out/disk.img"
