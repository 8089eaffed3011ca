#!/usr/bin/env bash
# Runs a test program in a copy of a Debian root folder, with apt, dpkg and a package repository of its own; the program
# finds the build's handlers in /kedge/handlers. Nothing is left: folder, mounts and processes end with it.
# Usage: packages_field.sh BUILD PROGRAM [ARGUMENT...]     77: this machine cannot do it, and the last line says why
set -euo pipefail
field=$(realpath "$(dirname "$0")/../field")

skip() { echo "skipped: $*"; exit 77; }

if [ $# -lt 2 ]; then echo "usage: packages_field.sh BUILD PROGRAM [ARGUMENT...]" >&2; exit 2; fi
build=$(realpath "$1")
program=$(realpath "$2")
shift 2
[ "$(id -u)" -eq 0 ] || skip "only root can install packages, in a root folder too"
for needed in mmdebstrap dpkg-scanpackages; do
  command -v $needed >/dev/null || skip "$needed is missing"
done
unshare --mount --pid --fork true 2>/dev/null || skip "no namespaces can be made here"
root=$("$field/root.sh" "$program" "$build/handlers/guards/packages") || skip "no Debian root folder could be made"
place=$(mktemp -d)
trap 'rmdir "$place"' EXIT

# In memory: dpkg syncs after each package, and a disk's time for that is nobody's concern here.
# shellcheck disable=SC2016  # for the inner shell
unshare --mount --pid --fork --kill-child --propagation private bash -euc '
  place=$1 root=$2 field=$3 build=$4 program=$5
  shift 5
  mount -t tmpfs -o size=2g,mode=0755 kedge "$place"
  "$field/copy.sh" "$root" "$place/root"
  "$field/repository.sh" "$place/root" >/dev/null
  cd "$place/root"
  mkdir -p kedge/handlers kedge/tests
  mount --bind "$build/handlers" kedge/handlers
  mount --bind "$(dirname "$program")" kedge/tests
  mount -t proc proc proc
  mount -t tmpfs tmpfs run
  mount --rbind /dev dev
  chroot . /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    KEDGE_TRIALS="${KEDGE_TRIALS:-}" KEDGE_SEED="${KEDGE_SEED:-}" apt-get --quiet=2 update
  exec chroot . /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    KEDGE_TRIALS="${KEDGE_TRIALS:-}" KEDGE_SEED="${KEDGE_SEED:-}" "/kedge/tests/$(basename "$program")" "$@"
' bash "$place" "$root" "$field" "$build" "$program" "$@"
