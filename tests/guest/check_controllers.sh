#!/bin/sh
# In the guest: is each controller there and does it work, or, with "-" before its name, is it missing?
# Usage: check_controllers.sh [-]memory|pids|cpu|io ...
set -eu
own=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)

fail() { echo "FAILED: $*"; exit 1; }
has() { grep -qw "$1" "$own/cgroup.controllers"; }

[ "$own" != /sys/fs/cgroup/ ] || fail "the program has no control group of its own"
echo "controllers: $(cat "$own/cgroup.controllers")"
for wanted in "$@"; do
  case $wanted in
    -*) ! has "${wanted#-}" || fail "${wanted#-} is there" ;;
    *) has "$wanted" || fail "$wanted is missing" ;;
  esac
done

# As an agent that owns its group has to: out of it, into one beneath it, and then limits for another beneath it.
mkdir "$own/agent" "$own/task"
echo $$ >"$own/agent/cgroup.procs"
for wanted in "$@"; do
  case $wanted in -*) ;; *) echo "+$wanted" >"$own/cgroup.subtree_control" ;; esac
done
task=$own/task
in_task() { sh -c "echo 0 >$task/cgroup.procs; $1"; }

if has memory; then
  echo 16M >"$task/memory.max"
  # tail keeps what it reads, for there is no line in it.
  ! in_task 'head -c 64M /dev/zero | tail -c 64M >/dev/null; exit $?' || fail "64 MiB fit into 16"
  grep -q '^oom_kill [1-9]' "$task/memory.events" || fail "nobody was killed for memory"
  echo "memory: $(grep oom_kill "$task/memory.events" | head -n 1)"
fi
if has pids; then
  echo 3 >"$task/pids.max"
  ! in_task 'sleep 9 & sleep 9 & sleep 9 & wait' 2>/dev/null || fail "4 processes in a group for 3"
  grep -q '^max [1-9]' "$task/pids.events" || fail "the limit was not met"
  echo 1 >"$task/cgroup.kill"
  echo max >"$task/pids.max"
  echo "pids: $(cat "$task/pids.events")"
fi
if has cpu; then
  echo 50 >"$task/cpu.weight"
  echo "5000 100000" >"$task/cpu.max"
  in_task 'while :; do :; done' &
  until grep -q '^nr_throttled [1-9]' "$task/cpu.stat"; do sleep 0.1; done
  echo 1 >"$task/cgroup.kill"
  wait $! || true
  echo "cpu: $(grep nr_throttled "$task/cpu.stat")"
fi
if has io; then
  [ -e "$task/io.max" ] || fail "no io.max"
fi
echo "as wanted: $*"
