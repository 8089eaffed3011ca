// How QEMU is called for each board. Never with KVM: where /dev/kvm is, it need not work, and a board's
// processor is another one anyway.
#pragma once

#include <string>
#include <vector>

namespace kedge::board {

struct Emulation {
  std::string board;   // amd64, arm64, armhf, raspi3b
  std::string image;   // folder of vmlinuz, initrd.img and dtb
  std::string folder;  // of overlay.qcow2, which is written to, and writes.log; its sockets: control, monitor
  std::string console;  // a file
  int processors = 2;
  std::string append;  // to the kernel's command line
};

// It begins with the program; it waits for a connection to each socket, and then for "cont" from the monitor.
// The network card's name is "cable"; raspi3b has none until one is plugged in: its netdev is "net". QEMU ends when the thread that started it does. Throws for a board that
// it does not know.
std::vector<std::string> QemuCommandLine(const Emulation& emulation);

}  // namespace kedge::board
