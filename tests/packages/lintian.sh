#!/usr/bin/env bash
# lintian has nothing to say against the packages, at warning level. 77: it is not installed.
# Usage: lintian.sh BUILD
set -euo pipefail
command -v lintian >/dev/null || { echo "skipped: lintian is missing"; exit 77; }
packages=("$1"/packages/made/*.*deb)
[ -e "${packages[0]}" ] || { echo "lintian.sh: there are no packages in $1" >&2; exit 1; }
printf '%s\n' "${packages[@]##*/}"
lintian --allow-root --fail-on warning "${packages[@]}"
