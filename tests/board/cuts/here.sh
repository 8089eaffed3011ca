#!/usr/bin/env bash
# The replay without a board: jobs of this build on this machine, their disk's log, and the power cut at every Nth flush.
# Usage: here.sh BUILD [N]     77: this machine cannot do it, and the last line says why
set -euo pipefail
programs=${1:?usage: here.sh BUILD [N]}/tests/board/cuts
every=${2:-1}

skip() { echo "skipped: $*"; exit 77; }
[ "$(id -u)" -eq 0 ] || skip "only root can mount a disk"
for needed in qemu-storage-daemon setfattr mke2fs mosquitto; do
  command -v $needed >/dev/null || skip "$needed is missing"
done
unshare --net true 2>/dev/null || skip "no network namespace can be made here"

work=$(mktemp -d "${TMPDIR:-/tmp}/kedge-cuts.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
unshare --net -- sh -c 'ip link set lo up && exec "$@"' _ "$programs/cuts_record_here" "$work/recording" --jobs 2
"$programs/cuts_replay" "$work/recording" --every "$every"
