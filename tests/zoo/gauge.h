// What this test process, and the room in it, takes: to see that no animal makes it grow.
#pragma once

#include <cstdint>

namespace kedge::zoo {

// Bytes of memory that are this process's alone and written to. Exact: the kernel counts pages for it.
int64_t PrivateMemory();
// Bytes of memory that this process takes now, and the most that it took since ForgetPeak, even for a moment.
// The kernel is up to 128 KiB for each processor late with these. -1 where there is no such figure.
int64_t ResidentMemory();
int64_t PeakMemory();
bool ForgetPeak();
int OpenDescriptors();
// Zombies whose parent is this process.
int OwnZombies();
// The sanitizers keep freed memory, so that their figures say nothing about ours.
bool MemoryCounts();

}  // namespace kedge::zoo
