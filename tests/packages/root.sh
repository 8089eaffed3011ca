#!/usr/bin/env bash
# Prints the root folder of tests/field with what a build's programs need. Usage: root.sh BUILD
set -euo pipefail
mapfile -t programs < <(find -L "$1/agent" "$1/handlers" -type f -perm -100 -exec sh -c \
  'for file; do head -c 4 "$file" | grep -q ELF && echo "$file"; done; true' _ {} +)
exec "$(dirname "$0")/../field/root.sh" "${programs[@]}"
