#!/usr/bin/env bash
# The packages hold what they should: programs that are stripped and start, nothing that others may write to, documents, and
# Depends that names their libraries' packages.
# Usage: contents.sh BUILD
set -euo pipefail
made=$1/packages/made
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "packages: $*" >&2; exit 1; }

# Package NAME: the one file of it.
Package() {
  local found=("$made/$1"_*deb)
  if [ ${#found[@]} -ne 1 ] || [ ! -f "${found[0]}" ]; then fail "expected one package $1, found: ${found[*]}"; fi
  [ "$(dpkg-deb -f "${found[0]}" Package)" = "$1" ] || fail "the name of ${found[0]} is another"
  echo "${found[0]}"
}

# Depends DEB LIBRARY...
Depends() {
  local depends
  depends=$(dpkg-deb -f "$1" Depends)
  for library in "${@:2}"; do
    case $depends in *"$library"*) ;; *) fail "${1##*/} does not depend on $library: $depends" ;; esac
  done
}

# Tree DEB FOLDER: unpacks it, and looks at what every package has to have.
Tree() {
  dpkg-deb -x "$1" "$2"
  local name documents writable programs=0
  name=$(dpkg-deb -f "$1" Package)
  documents=$2/usr/share/doc/$name
  for file in copyright changelog.gz changelog.Debian.gz; do [ -s "$documents/$file" ] || fail "$name: no $file"; done
  zcat "$documents/changelog.Debian.gz" | head -n 1 | grep -qF "$name ($(dpkg-deb -f "$1" Version))" ||
    fail "$name: its changelog is of another version"
  writable=$(find "$2" ! -type l -perm /022)
  [ -z "$writable" ] || fail "$name: others may write to $writable"
  while IFS= read -r -d '' file; do
    if [ "$(head -c 4 "$file" | tr -d '\0')" != $'\x7fELF' ]; then continue; fi
    programs=$((programs + 1))
    case $(file -b "$file") in *', stripped'*) ;; *) fail "$name: ${file#"$2"} is not stripped" ;; esac
    symbols=$(readelf -n "$file" | sed -n 's/.*Build ID: \(..\)\(.*\)/\1\/\2.debug/p')
    [ -s "$work/symbols/usr/lib/debug/.build-id/$symbols" ] || fail "$name: no debug symbols of ${file#"$2"}"
  done < <(find "$2" -type f -perm /111 -print0)
  [ $programs -gt 0 ] || fail "$name: no programs in it"
  echo "packages: $name: $programs programs, $(du -sk "$2" | cut -f 1) KiB installed"
}

for name in kedge kedge-drydock; do dpkg-deb -x "$(Package $name-dbgsym)" "$work/symbols"; done

kedge=$(Package kedge)
Depends "$kedge" libpaho-mqttpp3 libsqlite3 libssl libsystemd0 libyaml-cpp curl systemd
Tree "$kedge" "$work/kedge"
for program in sbin/kedged sbin/kedge-link bin/kedge; do
  "$work/kedge/usr/$program" --version | grep -q '[0-9]' || fail "the packaged $program does not tell its version"
done
for file in lib/kedge/guards/files lib/kedge/handlers/update-kedge/updater share/kedge/kedge.yaml lib/sysusers.d/kedge.conf \
  share/bash-completion/completions/kedge share/zsh/vendor-completions/_kedge \
  share/kedge/schemas/status.schema.json share/kedge/schemas/common.schema.json \
  share/dbus-1/system.d/org.kedge.Agent1.conf share/dbus-1/interfaces/org.kedge.Agent1.xml \
  share/polkit-1/actions/org.kedge.agent1.policy share/doc/kedge/DBUS.md share/doc/kedge/DOCTOR.md \
  share/kedge/FLEET.md share/kedge/fleet/rollout/canary.json share/kedge/jobs/repair.json; do
  [ -s "$work/kedge/usr/$file" ] || fail "/usr/$file is missing"
done
# A sample only: an installation configures nothing, and an upgrade asks no questions.
[ ! -e "$work/kedge/etc" ] || fail "kedge brings files in /etc"

drydock=$(Package kedge-drydock)
Depends "$drydock" libpaho-mqttpp3 libsqlite3 libssl
Tree "$drydock" "$work/drydock"
"$work/drydock/usr/bin/drydock" --version | grep -q '^drydock [0-9]' || fail "the packaged drydock does not tell its version"
[ -s "$work/drydock/usr/share/doc/kedge-drydock/README.md" ] || fail "drydock's manual is missing"
others=$(cd "$work/drydock" && find . -type f ! -name drydock ! -path './usr/share/doc/*' ! -path './usr/share/man/*' \
  ! -path './usr/share/lintian/*' ! -path './usr/share/bash-completion/*')
[ -z "$others" ] || fail "kedge-drydock holds more than drydock: $others"
