#!/usr/bin/env bash
# Installs what the guest needs on Debian 12 or 13, and gets its kernel (kernel.sh). Idempotent; asks apt only for what
# is missing. As root, or with sudo. Elsewhere than on x86-64 it does nothing: the guest is not run there.
set -euo pipefail
cd "$(dirname "$0")"

if [ "$(uname -m)" != x86_64 ]; then
  echo "guest/setup: not an x86-64 machine: the guest's tests will be skipped"
  exit 0
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi

missing=()
for package in qemu-system-x86 cpio busybox-static; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "guest/setup: installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
    </dev/null >/dev/null
fi
# Lists that are missing or older than the archive's newest kernel are the usual reason to fail.
bash kernel.sh >/dev/null 2>&1 || { "${as_root[@]}" apt-get update -qq; bash kernel.sh >/dev/null; }
echo "guest/setup: everything is there"
