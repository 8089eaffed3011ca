#!/usr/bin/env bash
# A fresh copy of a root folder: copy.sh ROOT COPY. Plain files, for an overlay's folders cannot be renamed, which is not
# what a device has. COPY must not exist yet; remove it with rm -rf --one-file-system.
set -euo pipefail
if [ $# -ne 2 ] || [ ! -d "$1" ]; then echo "usage: copy.sh ROOT COPY" >&2; exit 2; fi
[ ! -e "$2" ] || { echo "copy.sh: $2 is there already" >&2; exit 2; }
cp -a --reflink=auto -- "$1" "$2"
