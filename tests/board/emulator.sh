# shellcheck shell=bash
# QEMU for a board, while its image is made; machine.cc has its own, for tests.

# Emulate ARCH DISK KERNEL LOG WORD...: boots the disk (raw, it is written to) with the folder KERNEL's kernel and WORDs on
# its command line, without a network, until the board switches itself off; at most an hour, for a busy machine. LOG: the console.
Emulate() {
  local arch=$1 disk=$2 kernel=$3 log=$4 console=ttyAMA0 machine
  shift 4
  case $arch in
    amd64) machine=(qemu-system-x86_64 -M q35) console=ttyS0 ;;
    arm64) machine=(qemu-system-aarch64 -M virt -cpu cortex-a72) ;;
    armhf) machine=(qemu-system-arm -M "virt,highmem=off" -cpu cortex-a7) ;;
    *) return 1 ;;
  esac
  timeout 3600 "${machine[@]}" -accel tcg -smp 2 -m 512 -nodefaults -display none -no-reboot -nic none \
    -kernel "$kernel/vmlinuz" -initrd "$kernel/initrd.img" -append "console=$console panic=-1 net.ifnames=0 $*" \
    -drive "file=$disk,if=none,id=disk,format=raw,cache=unsafe" -device virtio-blk-pci,drive=disk \
    -serial "file:$log" </dev/null >"$log.emulator" 2>&1
}
