#include "board/emulator.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace kedge::board {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

void Add(Words& words, const Words& more) { words.insert(words.end(), more.begin(), more.end()); }

// Of QEMU's own files nothing has to survive this machine: its fsyncs would only cost time. The flushes that
// the board asks for are in the log all the same.
json File(const std::string& path) {
  return {{"driver", "file"}, {"filename", path}, {"cache", {{"no-flush", true}}}};
}

json LoggedDisk(const Emulation& emulation) {
  return {{"driver", "blklogwrites"},
          {"node-name", "disk"},
          {"file", {{"driver", "qcow2"}, {"file", File(emulation.folder + "/overlay.qcow2")}}},
          {"log", File(emulation.folder + "/writes.log")},
          {"log-sector-size", 512},
          {"log-super-update-interval", 1}};
}

Words VirtualBoard(const Emulation& emulation, const Words& machine) {
  Words words = machine;
  Add(words, {"-smp", std::to_string(emulation.processors), "-m", "512", "-blockdev",
              LoggedDisk(emulation).dump(), "-device", "virtio-blk-pci,drive=disk,write-cache=on", "-device",
              "virtio-net-pci,netdev=net,id=cable,romfile=", "-device", "virtio-rng-pci", "-device",
              "virtio-serial-pci", "-device", "virtserialport,chardev=control,name=kedge.board", "-serial",
              "chardev:console"});
  return words;
}

// The Raspberry Pi's own SD card, USB network and serial lines. Its card knows no flush: what is written is
// written. The kernel's console is the second line; the first one is free because make_dtb.sh takes Bluetooth
// from it.
Words RaspberryPi(const Emulation& emulation) {
  const std::string folder = emulation.folder;
  return {"/usr/bin/qemu-system-aarch64",
          "-M",
          "raspi3b",
          "-dtb",
          emulation.image + "/dtb",
          "-drive",
          "if=sd,driver=blklogwrites,cache=writethrough,log-sector-size=512,log-super-update-interval=1,"
          "file.driver=qcow2,file.file.driver=file,file.file.cache.no-flush=on,file.file.filename=" +
              folder + "/overlay.qcow2,log.driver=file,log.cache.no-flush=on,log.filename=" + folder +
              "/writes.log",
          "-serial",
          "chardev:control",
          "-serial",
          "chardev:console"};
}

Words Board(const Emulation& emulation) {
  if (emulation.board == "amd64") {
    return VirtualBoard(emulation, {"/usr/bin/qemu-system-x86_64", "-M", "q35", "-cpu", "qemu64"});
  }
  if (emulation.board == "arm64") {
    return VirtualBoard(emulation, {"/usr/bin/qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a72"});
  }
  if (emulation.board == "armhf") {
    return VirtualBoard(emulation,
                        {"/usr/bin/qemu-system-arm", "-M", "virt,highmem=off", "-cpu", "cortex-a7"});
  }
  if (emulation.board == "raspi3b") return RaspberryPi(emulation);
  throw std::runtime_error("no board is called " + emulation.board);
}

std::string Console(const std::string& board) {
  // A starved emulator does not bring the timer's interrupts in time, and the kernel's check of them panics.
  if (board == "amd64") return "ttyS0 no_timer_check";
  return board == "raspi3b" ? "ttyS1,115200" : "ttyAMA0";
}

}  // namespace

std::vector<std::string> QemuCommandLine(const Emulation& emulation) {
  Words words = {"/usr/bin/setpriv", "--pdeathsig", "KILL"};
  Add(words, Board(emulation));
  const std::string folder = emulation.folder;
  Add(words, {"-accel",
              "tcg",
              "-nodefaults",
              "-display",
              "none",
              "-S",
              "-kernel",
              emulation.image + "/vmlinuz",
              "-initrd",
              emulation.image + "/initrd.img",
              "-append",
              "console=" + Console(emulation.board) +
                  // What systemd gives up after 90 s takes so long on a busy machine.
                  " panic=-1 net.ifnames=0 loglevel=4 systemd.show_status=error "
                  "systemd.default_timeout_start_sec=900 " +
                  emulation.append,
              "-netdev",
              "user,id=net",
              "-chardev",
              "file,id=console,path=" + emulation.console,
              "-chardev",
              "socket,id=control,path=" + folder + "/control,server=on,wait=on",
              "-chardev",
              "socket,id=monitor,path=" + folder + "/monitor,server=on,wait=on",
              "-mon",
              "chardev=monitor,mode=control"});
  return words;
}

}  // namespace kedge::board
