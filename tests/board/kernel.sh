#!/usr/bin/env bash
# Gets Debian's kernel for a board, once, and makes the small initial RAM disk that mounts the board's disk: a static
# busybox, the modules for the disk and the console, and a dozen lines of script. Nothing is installed or run. Prints the
# folder: vmlinuz, initrd.img, lib/modules/VERSION with all modules, dtb for raspi3b.
# Usage: kernel.sh amd64|arm64|armhf|raspi3b
set -euo pipefail
here=$(realpath "$(dirname "$0")")
# shellcheck source=debian.sh
. "$here/debian.sh"

board=${1:?usage: kernel.sh amd64|arm64|armhf|raspi3b}
arch=$board
disk=/dev/vda
modules=(virtio_pci virtio_mmio virtio_blk virtio_console ext4 crc32c_generic)
case $board in
  # The cloud kernel has what a virtual machine needs, and is half the size.
  amd64) package=linux-image-cloud-amd64 ;;
  arm64) package=linux-image-arm64 ;;
  armhf) package=linux-image-armmp ;;
  raspi3b)
    arch=arm64
    package=linux-image-arm64
    disk=/dev/mmcblk0
    modules=(sdhci_iproc bcm2835 mmc_block dwc2 usbnet cdc_ether ext4 crc32c_generic)
    ;;
  *) fail "$board: no such board; amd64, arm64, armhf and raspi3b are known" ;;
esac

cache=$(Cache)
out=$cache/kernel-$board
exec 9>"$out.lock"
flock 9
version=$(cksum <"$0")
if [ "$(cat "$out/complete" 2>/dev/null)" = "$version" ]; then
  echo "$out"
  exit 0
fi
work=$(mktemp -d "$cache/new.XXXXXX")
trap 'rm -rf "$work"' EXIT
Download "$arch" "$work" "$package" busybox-static
dpkg-deb --extract "$work"/linux-image-*.deb "$work/kernel"
dpkg-deb --extract "$work"/busybox-static_*.deb "$work/busybox"

mkdir -p "$work/out" "$work/tree"/{bin,dev,proc,sys,root,modules}
release=$(ls "$work/kernel/lib/modules")
depmod -b "$work/kernel" "$release"
cp "$work/kernel/boot/vmlinuz-$release" "$work/out/vmlinuz"
if [ "$board" = raspi3b ]; then
  cp "$work/kernel/usr/lib/linux-image-$release/broadcom/bcm2837-rpi-3-b.dtb" "$work/out/dtb"
  # Bluetooth has the first serial line, which the test's control channel needs.
  bluetooth=$(fdtget -l "$work/out/dtb" /soc/serial@7e201000 | grep -m 1 bluetooth)
  fdtput -t s "$work/out/dtb" "/soc/serial@7e201000/$bluetooth" status disabled
fi
for module in "${modules[@]}"; do
  modprobe -d "$work/kernel" -S "$release" --show-depends "$module" 2>/dev/null | awk '/^insmod/ {print $2}' || true
done | awk '!seen[$0]++' | while read -r file; do
  cp "$file" "$work/tree/modules/"
  basename "$file" >>"$work/tree/modules/order"
done
cp "$work/busybox/bin/busybox" "$work/tree/bin/"
cat >"$work/tree/init" <<SH
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs dev /dev
while read -r module; do /bin/busybox insmod /modules/\$module; done </modules/order
# Devices come when they come.
tries=0
until [ -b $disk ] || [ \$tries -ge 600 ]; do /bin/busybox sleep 0.1; tries=\$((tries + 1)); done
# Writable at once: the journal of the file system is replayed by the kernel, here, as on a board without fsck.
/bin/busybox mount -t ext4 -o errors=remount-ro $disk /root || echo "no root file system on $disk"
/bin/busybox umount /proc /sys
/bin/busybox mount --move /dev /root/dev
exec /bin/busybox switch_root /root /sbin/init
SH
chmod 755 "$work/tree/init"
(cd "$work/tree" && find . -print0 | sort -z | cpio --null --quiet -o -H newc | gzip -9n) >"$work/out/initrd.img"
mkdir "$work/out/lib"
mv "$work/kernel/lib/modules" "$work/out/lib/modules"
echo "$version" >"$work/out/complete"
rm -rf "$out"
mv "$work/out" "$out"
echo "$out"
