#!/usr/bin/env bash
# No page has a warning of mandoc or groff, whichever are there, and each reference to a page of ours finds one.
# Usage: lint_test.sh SOURCE PAGE-5
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=help.sh
. "$(dirname "$0")/help.sh"
source=$1
pages=("$source"/agent/kedged.8 "$source"/agent/operator/kedge.1 "$source"/agent/link/kedge-link.8 "$2"
  "$source"/handlers/kedge-handler.7 "$source"/tests/drydock/drydock.1)

lints=()
command -v mandoc >/dev/null && lints+=(mandoc)
command -v groff >/dev/null && lints+=(groff)

# Whether another page is installed, and in which index, is the machine's affair.
lint_mandoc() { mandoc -T lint "$1" 2>&1 | grep -vE 'referenced manual not found|outdated mandoc.db' || true; }
lint_groff() { LC_ALL=C.UTF-8 groff -mandoc -Tutf8 -Kutf8 -rLL=80n -ww -z "$1" 2>&1 | grep -v '/tmac/' || true; }

for page in "${pages[@]}"; do
  [[ -s $page ]] || wrong "no page $page"
  for lint in ${lints[@]+"${lints[@]}"}; do
    found=$("lint_$lint" "$page")
    [[ -z $found ]] || wrong "$lint: $found"
  done
  while read -r name section; do
    case $name in
      kedge* | drydock)
        printf '%s\n' "${pages[@]##*/}" | grep -qx "$name.$section" || wrong "${page##*/} names $name($section), which there is not"
        ;;
    esac
  done < <(sed -n 's/^\.\(It \)\{0,1\}Xr \([^ ]*\) \([0-9]\).*/\2 \3/p' "$page")
done

# The check is checked: a page with a mistake is found by each of them.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sed 's/^\.Sh DESCRIPTION/.Sh DESCRIPTION\n.Bl -tag\n.Nosuchmacro/' "$source/agent/kedged.8" >"$folder/bad.8"
for lint in ${lints[@]+"${lints[@]}"}; do
  [[ -n $("lint_$lint" "$folder/bad.8") ]] || wrong "$lint finds nothing in a page with a mistake"
done

if ((failures == 0 && ${#lints[@]} == 0)); then
  echo "skipped: neither mandoc nor groff is here"
  exit 77
fi
finish "${#pages[@]} pages without a warning, by ${lints[*]}."
