#!/usr/bin/env bash
# Makes versions of Kedge's own package, from the one that cpack makes of a build folder, and puts them into the package
# repository of a root folder: for updates of the agent by a job.
# Usage: kedge_packages.sh BUILD ROOT
#   kedge 1.0, 2.0   whole
#   kedge 3.0        its kedged ends at once
#   kedge 4.0        its kedge-link does nothing: the agent runs and is never connected
#   kedge 5.0        cannot be installed: its postinst fails
set -euo pipefail

fail() { echo "kedge_packages.sh: $*" >&2; exit 1; }
if [ $# -ne 2 ] || [ ! -d "$2/srv/repository" ]; then fail "usage: kedge_packages.sh BUILD ROOT"; fi
packages=$(dirname "$0")/../packages
repository=$2/srv/repository
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$packages/make.sh" "$1" "$work/made" kedge >/dev/null
made=("$work/made"/kedge_*.deb)
"$packages/repack.sh" "${made[0]}" "$repository" 1.0
"$packages/repack.sh" "${made[0]}" "$repository" 2.0
"$packages/repack.sh" "${made[0]}" "$repository" 3.0 ends
"$packages/repack.sh" "${made[0]}" "$repository" 4.0 mute
"$packages/repack.sh" "${made[0]}" "$repository" 5.0 unready
(cd "$repository" && dpkg-scanpackages --multiversion . 2>/dev/null >Packages)
