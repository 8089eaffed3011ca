#!/usr/bin/env bash
# The package kedge-drydock, made with cpack, holds a drydock that runs, its manual, and asks for its libraries.
# Usage: package_test.sh BUILD_FOLDER
set -euo pipefail
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "package: $*" >&2; exit 1; }

cpack --config "$build/CPackConfig.cmake" -B "$work/made" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "cpack failed"; }
packages=("$work"/made/*.deb)
[ ${#packages[@]} -eq 1 ] || fail "expected one package, found: ${packages[*]}"
package=${packages[0]}
[ "$(dpkg-deb -f "$package" Package)" = kedge-drydock ] || fail "its name is $(dpkg-deb -f "$package" Package)"
depends=$(dpkg-deb -f "$package" Depends)
for library in libpaho-mqttpp3 libsqlite3 libssl; do
  case $depends in *$library*) ;; *) fail "it does not depend on $library: $depends" ;; esac
done
dpkg-deb -x "$package" "$work/root"
"$work/root/usr/bin/drydock" --version | grep -q '^drydock [0-9]' || fail "the packaged drydock does not tell its version"
[ -s "$work/root/usr/share/doc/kedge-drydock/README.md" ] || fail "the manual is missing"
others=$(cd "$work/root" && find . -type f ! -name drydock ! -path './usr/share/doc/*')
[ -z "$others" ] || fail "it holds more than drydock: $others"
echo "package: $(basename "$package") is good"
