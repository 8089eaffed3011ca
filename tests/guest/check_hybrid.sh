#!/bin/sh
# In the guest: is this a hybrid system, as systemd lays it out? The kernel decides which controllers version 1 may have.
set -eu
fail() { echo "FAILED: $*"; exit 1; }
kind() { awk -v on="$1" '$2 == on {print $3}' /proc/mounts; }

[ "$(kind /sys/fs/cgroup)" = tmpfs ] || fail "/sys/fs/cgroup is no tmpfs"
[ "$(kind /sys/fs/cgroup/unified)" = cgroup2 ] || fail "no version 2 on /sys/fs/cgroup/unified"
[ "$(kind /sys/fs/cgroup/freezer)" = cgroup ] || fail "no freezer of version 1"
[ "$(kind /sys/fs/cgroup/pids)" = cgroup ] || fail "no pids of version 1"
own=/sys/fs/cgroup/unified$(sed -n 's/^0:://p' /proc/self/cgroup)
! grep -qw pids "$own/cgroup.controllers" || fail "pids is in both versions"
mkdir "$own/task"
sh -c "echo 0 >$own/task/cgroup.procs; exec sleep 1000" &
until grep -q 'populated 1' "$own/task/cgroup.events"; do :; done
echo 1 >"$own/task/cgroup.kill"
! wait $! || fail "sleep was not killed"
grep -q 'populated 0' "$own/task/cgroup.events" || fail "somebody is left"
echo "version 1: $(awk '$3 == "cgroup" {sub(".*/", "", $2); printf "%s ", $2}' /proc/mounts)"
echo "version 2: $(cat "$own/cgroup.controllers")"
