#!/usr/bin/env bash
# Runs a program that boots emulated boards: in a network namespace that has nothing but lo, which a board sees as 10.0.2.2,
# with KEDGE_BOARD_IMAGE (see image.sh; Kedge is on it) and KEDGE_BOARD_NEXT (the same package as version 99.0).
# Usage: run.sh BUILD [--board amd64|arm64|armhf|raspi3b] PROGRAM [ARGUMENT...]
#   amd64 (the default) gets the package of BUILD, unless $KEDGE_BOARD_PACKAGES names a folder of packages; the others the
#   one that `cross/build ARCH` has left in build/packages-ARCH, or that folder's. 77: this machine cannot do it, and the
#   last line says why.
set -euo pipefail
here=$(realpath "$(dirname "$0")")

# shellcheck source=../field/outside.sh
. "$here/../field/outside.sh"

usage() { echo "usage: run.sh BUILD [--board amd64|arm64|armhf|raspi3b] PROGRAM [ARGUMENT...]" >&2; exit 2; }

[ $# -ge 2 ] || usage
build=$1
shift
board=amd64
if [ "$1" = --board ]; then
  board=${2:-}
  shift 2 || usage
fi
[ $# -ge 1 ] || usage
case $board in
  amd64) arch=amd64 emulator=qemu-system-x86_64 ;;
  arm64) arch=arm64 emulator=qemu-system-aarch64 ;;
  raspi3b) arch=arm64 emulator="qemu-system-aarch64 fdtput" ;;
  armhf) arch=armhf emulator=qemu-system-arm ;;
  *) usage ;;
esac
# shellcheck disable=SC2086  # programs, one or two
need $emulator qemu-img setpriv mmdebstrap depmod modprobe cpio debugfs mke2fs mosquitto /usr/bin/aws
begin board

# As tests/packages makes them of a build.
folder=${KEDGE_BOARD_PACKAGES:-$build/packages/made}
if [ -z "${KEDGE_BOARD_PACKAGES:-}" ]; then
  if [ "$arch" != "$(dpkg --print-architecture)" ]; then
    folder=$here/../../build/packages-$arch
  elif ! [ -d "$folder" ]; then
    "$here/../packages/make.sh" "$build" "$folder"
  fi
fi
package=$(find "$folder" -maxdepth 1 -name "kedge_*_$arch.deb" 2>/dev/null | sort -V | tail -n 1)
[ -n "$package" ] || skip "there is no package for $arch in $folder; cross/build $arch makes it"
"$here/../packages/repack.sh" "$package" "$work" 99.0
image=$("$here/image.sh" "$board" "$package") || { echo "run.sh: no image could be made" >&2; exit 1; }
KEDGE_BOARD_NEXT=$(echo "$work"/kedge_99.0_*.deb)
export KEDGE_BOARD_IMAGE=$image KEDGE_BOARD_NEXT
# shellcheck disable=SC2016  # for the inner shell
finally unshare --net -- sh -c 'ip link set lo up && exec "$@"' _ "$@"
