#!/usr/bin/env bash
# The pages show what `kedge doctor` prints: each block of code in them that begins with the command is held against the
# program. With --write the blocks are made anew. Usage: screen_test.sh SOURCE SAMPLE [--write]
set -euo pipefail
source=$1 sample=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# with_screen PAGE: the page, with what stands in the block as it should be.
with_screen() {
  awk -v screen="$folder/screen" -v head="$(head -n 1 "$folder/screen")" '
    /^```/ { inside = !inside; fresh = inside; if (!inside) skip = 0; print; next }
    fresh && $0 == head { while ((getline line < screen) > 0) print line; skip = 1 }
    { fresh = 0 }
    !skip' "$1"
}

failed=0
# check PAGE COMMAND SCREEN: how the sample is called for it.
check() {
  local page=$source/$1
  { echo "\$ $2" && "$sample" "$3"; } >"$folder/screen"
  if ! grep -qxF "\$ $2" "$page"; then
    echo "$1 has no block of code that begins with: \$ $2" >&2
    failed=1
    return
  fi
  with_screen "$page" >"$folder/page"
  if [[ ${write:-} == --write ]]; then
    cp "$folder/page" "$page"
  elif ! diff -u "$page" "$folder/page"; then
    failed=1
  fi
}

write=${3:-}
check agent/doctor/DOCTOR.md 'sudo kedge doctor' text
check README.md 'sudo kedge doctor --quiet' quiet
if ((failed)); then
  echo "a page is stale; after a look: bash tests/doctor/screen_test.sh SOURCE SAMPLE --write" >&2
  exit 1
fi
echo "The pages show what kedge doctor prints."
