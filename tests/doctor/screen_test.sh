#!/usr/bin/env bash
# The pages show what `kedge doctor` prints: what stands in them is held against the program. With --write the page beside
# the code is made anew. Usage: screen_test.sh SOURCE SAMPLE [--write]
set -euo pipefail
source=$1 sample=$2
page=$source/agent/doctor/DOCTOR.md
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

{
  # shellcheck disable=SC2016  # a prompt
  echo '$ sudo kedge doctor'
  "$sample" text
} >"$folder/screen"
# shown PAGE: the first block of code that begins with this command, and nothing else.
shown() { awk '/^```/ { inside = !inside; here = 0; next } inside && /^\$ sudo kedge doctor$/ { here = 1 } here' "$1"; }

if [[ ${3:-} == --write ]]; then
  awk -v screen="$folder/screen" '/^```/ { if (++fence % 2) { print; while ((getline line < screen) > 0) print line; skip = 1; next } skip = 0 }
    !skip' "$page" >"$folder/page"
  cp "$folder/page" "$page"
fi

failed=0
checked=0
for each in "$page" "$source/README.md"; do
  [[ $each == "$page" ]] || grep -qx '\$ sudo kedge doctor' "$each" || continue
  checked=$((checked + 1))
  shown "$each" >"$folder/shown"
  # README may leave lines out, and says so with a line of three dots: every line that it has is one of the screen's.
  if [[ $each == "$page" ]]; then
    diff -u "$folder/shown" "$folder/screen" || failed=1
  else
    while IFS= read -r line; do
      [[ $line == ... ]] || grep -qxF -- "$line" "$folder/screen" || { echo "${each##*/} shows a line that kedge doctor does not print: $line"; failed=1; }
    done <"$folder/shown"
  fi
done
if ((failed)); then
  echo "a page is stale; after a look: bash tests/doctor/screen_test.sh SOURCE SAMPLE --write" >&2
  exit 1
fi
echo "$checked pages show what kedge doctor prints."
