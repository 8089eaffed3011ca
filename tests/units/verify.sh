#!/usr/bin/env bash
# systemd-analyze verify finds nothing to say about the units that are installed, nor about the drop-ins of the examples;
# every file that they name is installed too; and the check itself finds what is broken on purpose.
# Usage: verify.sh BUILD     77: this machine cannot do it
set -euo pipefail
here=$(realpath "$(dirname "$0")")
[ $# -eq 1 ] || { echo "usage: verify.sh BUILD" >&2; exit 2; }
command -v systemd-analyze >/dev/null || { echo "skipped: systemd-analyze is missing (package systemd)"; exit 77; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$here/stage.sh" "$1" "$work/stage"
units=$work/stage/usr/lib/systemd/system
wrong=0
complain() { echo "wrong: $*"; wrong=1; }

Ours() { (cd "$units" && ls -d kedge*.service kedge*.target kedge*.timer); }

# What systemd-analyze says of our units in the folder $1. Silence is what is wanted, for it ends with 0 after a warning.
Verify() {
  local status=0
  # shellcheck disable=SC2046  # names without white space
  systemd-analyze verify --root="$1" --man=no --generators=no $(Ours) 2>&1 || status=$?
  [ $status -eq 0 ] || echo "systemd-analyze ended with $status"
}

# --- as installed
[ "$(Ours | wc -l)" -ge 5 ] || complain "there are only these units: $(Ours | tr '\n' ' ')"
said=$(Verify "$work/stage")
[ -z "$said" ] || complain "$said"

# --- the pages that they point at
cat "$units"/kedge*.* | sed -n "s/^Documentation=//p" | tr " " "\n" | sort -u >"$work/pages"
while read -r page; do
  name=${page#man:}
  section=${name##*(}
  file=$work/stage/usr/share/man/man${section%)}/${name%(*}.${section%)}
  [ -e "$file" ] || [ -e "$file.gz" ] || complain "a unit points at $name, which is not installed"
done <"$work/pages"

# --- what activates and what is activated go by the same name
alias=$(sed -n 's/^Alias=//p' "$units/kedged.service")
activated=$(sed -n 's/^SystemdService=//p' "$work/stage/usr/share/dbus-1/system-services/org.kedge.Agent1.service")
[ "${alias:-none}" = "$activated" ] || complain "the bus starts '$activated', the unit answers to '$alias'"

# --- the examples, all in force
cp -a "$work/stage" "$work/examples"
for example in "$work"/stage/usr/share/kedge/systemd/*.conf; do
  case ${example##*/} in
    kedge-link-*) unit=kedge-link.service ;;
    kedged-*) unit=kedged.service ;;
    app-*) unit=kedge-test-app.service ;;
    *) complain "no unit is known for ${example##*/}"; continue ;;
  esac
  mkdir -p "$work/examples/etc/systemd/system/$unit.d"
  cp "$example" "$work/examples/etc/systemd/system/$unit.d/"
done
cp "$work"/stage/usr/share/kedge/systemd/kedge-metrics.* "$work/examples/usr/lib/systemd/system/"
# Lines that are shown but switched off have to be right too.
sed -i 's/^#\([A-Z][A-Za-z]*=\)/\1/' "$work"/examples/etc/systemd/system/*/*.conf
printf '[Service]\nExecStart=/usr/sbin/kedged\n' >"$work/examples/usr/lib/systemd/system/kedge-test-app.service"
units=$work/examples/usr/lib/systemd/system
said=$(Verify "$work/examples")
[ -z "$said" ] || complain "with the examples: $said"

# --- is anything found at all?
# Breaks EXPRESSION UNIT: sed's expression on the unit has to make a difference.
Breaks() {
  rm -rf "$work/broken"
  cp -a "$work/stage" "$work/broken"
  units=$work/broken/usr/lib/systemd/system
  sed -i "$1" "$units/$2"
  [ -n "$(Verify "$work/broken")" ] || complain "'$1' on $2 is not found"
}
Breaks 's/^RestartSec=/RestartSecs=/' kedged.service
Breaks 's/^WatchdogSec=.*/WatchdogSec=soon/' kedged.service
Breaks 's,^ExecStart=.*,ExecStart=/usr/sbin/kedge-lnik,' kedge-link.service
Breaks 's/^Requires=.*/Requires=kedge-recoverd.service/' kedge-recovered.target
Breaks 's/^SystemCallFilter=@system-service/SystemCallFilter=@system-servcie/' kedge-link.service

[ $wrong -eq 0 ] && echo "systemd-analyze verify has nothing to say"
exit $wrong
