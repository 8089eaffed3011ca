#!/usr/bin/env bash
# The handler that kedge-handler(7) shows is taken out of the page and put to the test that the page names.
# Usage: example_test.sh SOURCE KEDGE GUARDS
set -euo pipefail
source=$1 kedge=$2 guards=$3
if ((EUID != 0)); then
  echo "skipped: handlers and guards have to be root's"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 0755 "$folder"

# The first display that begins as a script, as a reader sees it; on a file of our own instead of /etc/app.conf.
awk '/^\.Bd/ { here = 1; text = ""; next }
     /^\.Ed/ { if (text ~ /^#!/) { printf "%s", text; exit } here = 0 }
     here { text = text $0 "\n" }' "$source/handlers/kedge-handler.7" | sed -e 's/\\e/\\/g' -e "s|/etc/app.conf|$folder/app.conf|" >"$folder/script"
grep -qF "file=$folder/app.conf" "$folder/script" || { echo "the page has no example that this test can read" >&2; exit 1; }

mkdir "$folder/set-colour"
for verb in run rollback verify; do install -m 0755 "$folder/script" "$folder/set-colour/$verb"; done
printf 'colour=red\nsize=5\n' >"$folder/app.conf"
"$kedge" handler-test "$folder/set-colour" --guards "$guards" --watch "$folder/app.conf" --rounds 5 -- blue | tee "$folder/said"
# Kept, and really looked at: without a moment in which it was cancelled nothing would be shown.
grep -Eq '^run-cancelled +ok' "$folder/said"
grep -q 'colour=red' "$folder/app.conf"

# The check is checked: the same handler without its rollback's work is found out.
sed -i 's/^    guard restore$/    :/' "$folder/set-colour/rollback"
if "$kedge" handler-test "$folder/set-colour" --guards "$guards" --watch "$folder/app.conf" --rounds 2 -- blue >"$folder/said"; then
  cat "$folder/said"
  echo "a handler that takes nothing back passes" >&2
  exit 1
fi
grep -q BROKEN "$folder/said"
