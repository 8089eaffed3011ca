#!/usr/bin/env bash
# kedge.yaml(5) has every key of config/kedge.yaml; and of each it says just what kedged expects, found out by giving kedged
# something else. Usage: keys_test.sh SOURCE KEDGED PAGE
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=help.sh
. "$(dirname "$0")/help.sh"
source=$1 kedged=$2 page=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# PATH VALUE of each key of kedge.yaml, which is indented by two for each group.
keys=$(awk '/^ *[a-z_0-9]+:/ {
  match($0, /^ */); depth = RLENGTH / 2
  name = $1; sub(/:$/, "", name); value = $0; sub(/^[^:]*: */, "", value)
  if ($0 ~ /: *$/) { group[depth] = name; next }
  path = name
  for (i = depth - 1; i >= 0; --i) path = group[i] "." path
  print path, value }' "$source/config/kedge.yaml")

# said_of PATH: the lines of the page about the key.
said_of() { awk -v head=".It Sy $1" '/^\.(It|El|Ss)/ { here = $0 == head } here && $0 != head' "$page"; }
# As text, without mdoc's marks.
plain() { sed -e 's/\\[%&]//g; s/\\f[BR]//g; s/\\-/-/g' | tr '\n' ' '; }

# what_kedged_expects PATH WRONG: its own words when the key has the value WRONG.
what_kedged_expects() {
  local path=$1 indent='' part
  {
    while [[ $path == *.* ]]; do
      part=${path%%.*} path=${path#*.}
      echo "$indent$part:"
      indent+='  '
    done
    echo "$indent$path: $2"
  } >"$folder/wrong.yaml"
  { "$kedged" --config "$folder/wrong.yaml" --check-config 2>&1 >/dev/null || true; } | sed -n 's/.*: expected \(.*\), not .*/\1/p' | head -n 1
}

count=0
while read -r path value; do
  count=$((count + 1))
  said=$(said_of "$path" | plain)
  if [[ -z $said ]]; then
    wrong "no $path in the page"
    continue
  fi
  [[ $said == *"Default: $value."* ]] || wrong "$path: the page does not say that $value is the default: $said"
  # A control character is no text, no list of texts, no number and no word of any choice.
  case $value in
    '['*) not='["\x01"]' ;;
    *) not='"\x01"' ;;
  esac
  [[ $path != paths.run ]] || not=/$(printf 'a%.0s' {1..95})
  expected=$(what_kedged_expects "$path" "$not")
  # The page says "a, b or c", and leaves the examples of durations and sizes to its section on values.
  expected=$(sed -e 's/ (10s, 5m.*)//; s/ (bytes, .*)//' <<<"$expected")
  [[ $expected != "one of "* ]] || expected="${expected%, *} or ${expected##*, }"
  [[ -n $expected ]] || wrong "$path: kedged takes $not"
  shopt -s nocasematch
  [[ $said == *"$expected"* ]] || wrong "$path: kedged expects '$expected', the page says: $said"
  shopt -u nocasematch
done <<<"$keys"
((count > 50)) || wrong "only $count keys were found in kedge.yaml"
shown=$(grep -c '^\.It Sy ' "$page")
((shown == count)) || wrong "the page has $shown keys, kedge.yaml $count"
finish "All $count keys are in kedge.yaml(5), with the defaults and ranges that kedged holds to."
