#!/usr/bin/busybox sh
# The guest's first process: makes the places that a Linux program expects, runs /guest/command in a control group of its
# own, reports its exit status and ends the machine. ttyS0 is the kernel's console, ttyS1 carries what the program
# prints, ttyS2 its exit status.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

mount -t proc -o nosuid,noexec,nodev proc /proc
mount -t sysfs -o nosuid,noexec,nodev sys /sys
mount -t devtmpfs -o nosuid,mode=0755 dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts -o nosuid,noexec,gid=5,mode=0620,ptmxmode=0666 devpts /dev/pts
mount -t tmpfs -o nosuid,nodev shm /dev/shm
# /tmp and /run stay on the root file system, which is in memory too: what run.sh was told to put there is there.
ln -s /proc/self/fd /dev/fd
ln -s /proc/self/fd/0 /dev/stdin
ln -s /proc/self/fd/1 /dev/stdout
ln -s /proc/self/fd/2 /dev/stderr
ip link set lo up
hostname guest
for module in $(cat /guest/modules); do insmod "/guest/$module"; done

groups=/sys/fs/cgroup
if [ -e /guest/hybrid ]; then
  # As systemd lays it out: a folder for each controller of version 1, and version 2 beside them, left with those that
  # this kernel does not offer as version 1.
  mount -t tmpfs -o nosuid,noexec,nodev,mode=0755 cgroup /sys/fs/cgroup
  while read -r controller hierarchy number enabled; do
    [ "$enabled" = 1 ] || continue
    mkdir "/sys/fs/cgroup/$controller"
    mount -t cgroup -o "nosuid,noexec,nodev,$controller" cgroup "/sys/fs/cgroup/$controller" 2>/dev/null ||
      rmdir "/sys/fs/cgroup/$controller"
  done </proc/cgroups
  groups=/sys/fs/cgroup/unified
  mkdir "$groups"
fi
mount -t cgroup2 -o nosuid,noexec,nodev cgroup2 "$groups"
# As a service with Delegate=yes has it: a group of its own, with every controller.
for controller in $(cat "$groups/cgroup.controllers"); do
  echo "+$controller" >"$groups/cgroup.subtree_control"
done
mkdir "$groups/program"

# A pipe, not the terminal: programs print otherwise to a terminal.
for port in ttyS1 ttyS2; do stty -F "/dev/$port" raw -echo; done
mkfifo /guest/output
cat /guest/output >/dev/ttyS1 &
reader=$!
(
  echo 0 >"$groups/program/cgroup.procs"
  exec /guest/command
) >/guest/output 2>&1 </dev/null &
wait $!
status=$?
# What the program left running would hold the pipe open.
for kill in "$groups"/*/cgroup.kill; do echo 1 >"$kill"; done
wait $reader
echo "$status" >/dev/ttyS2
reboot -f
