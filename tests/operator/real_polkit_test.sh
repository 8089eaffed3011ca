#!/usr/bin/env bash
# The real kedged on a real bus with the real polkitd: the shipped bus policy, the shipped actions and the rule in DBUS.md
# let in whom they say. All of it in a mount namespace of its own: the machine's polkit and bus see nothing.
# Usage: real_polkit_test.sh SOURCE KEDGED KEDGE     77: this machine cannot do it
set -euo pipefail
if [[ ${1:-} != inside ]]; then
  [[ $# -eq 3 ]] || { echo "usage: real_polkit_test.sh SOURCE KEDGED KEDGE" >&2; exit 2; }
  [[ $(id -u) -eq 0 ]] || { echo "skipped: not root"; exit 77; }
  for file in /usr/lib/polkit-1/polkitd /usr/bin/dbus-daemon /usr/bin/gdbus /usr/bin/setpriv; do
    [[ -x $file ]] || { echo "skipped: $file is missing"; exit 77; }
  done
  unshare --mount true 2>/dev/null || { echo "skipped: no mount namespaces here"; exit 77; }
  work=$(mktemp -d /tmp/kedge-polkit-XXXXXX)
  chmod 0755 "$work"
  trap 'rm -rf "$work"' EXIT
  unshare --mount --propagation private bash "$0" inside "$work" "$@"
  exit
fi
shift
work=$1 source=$2 kedged=$3 kedge=$4
pids=()
# Each by its own id; what is left in $work goes with the folder.
trap 'kill "${pids[@]}" 2>/dev/null || true; wait' EXIT
wrong=0
complain() { echo "wrong: $*"; wrong=1; }

# Until somebody has the name on the bus.
wait_for() { gdbus wait --system --timeout 60 "$1" || { complain "$1 did not come"; exit 1; }; }

# --- polkit as on a device: our actions, the page's rule, a user in the group that it names
mkdir -p "$work/actions" "$work/rules"
cp /usr/share/polkit-1/actions/org.freedesktop.policykit.policy "$source/systemd/org.kedge.agent1.policy" "$work/actions/"
sed -n '/^    \/\/ \/etc\/polkit-1\/rules.d\//,/^    });/s/^    //p' "$source/agent/operator/DBUS.md" >"$work/rules/50-kedge.rules"
grep -q addRule "$work/rules/50-kedge.rules" || complain "DBUS.md has no rule any more"
chmod 0755 "$work/rules"
{ cat /etc/group; echo "field:x:64123:nobody"; } >"$work/group"
mount --bind "$work/actions" /usr/share/polkit-1/actions
mount --bind "$work/rules" /etc/polkit-1/rules.d
mount --bind "$work/group" /etc/group

# --- a system bus as Debian's, with the policies that are installed
cat >"$work/bus.conf" <<END
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type><listen>unix:path=$work/bus</listen><auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><deny own="*"/><deny send_type="method_call"/><allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/><allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/><allow receive_type="method_return"/><allow receive_type="error"/>
    <allow receive_type="signal"/><allow send_destination="org.freedesktop.DBus"/>
  </policy>
  <include>/usr/share/dbus-1/system.d/org.freedesktop.PolicyKit1.conf</include>
  <include>$source/systemd/org.kedge.Agent1.conf</include>
</busconfig>
END
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$work/bus
pids+=("$(dbus-daemon --config-file="$work/bus.conf" --fork --nopidfile --print-pid=1)")
/usr/lib/polkit-1/polkitd --no-debug &
pids+=($!)
wait_for org.freedesktop.PolicyKit1

# --- the agent; no link comes, and nobody asks for one
touch "$work/file"
cat >"$work/kedge.yaml" <<END
thing: pi-1
paths: {state: $work/state, run: $work/run}
broker: {endpoint: localhost, ca: $work/file, certificate: $work/file, key: $work/file}
END
"$kedged" --config "$work/kedge.yaml" >"$work/log" 2>&1 &
pids+=($!)
wait_for org.kedge.Agent1

# What gdbus says to the user $1 who calls the method $2 with $3...
as() {
  local user=$1 method=$2
  shift 2
  setpriv --reuid="$user" --regid="$user" --clear-groups -- gdbus call --system --dest org.kedge.Agent1 \
    --object-path /org/kedge/Agent1 --method "org.kedge.Agent1.$method" "$@" 2>&1 || true
}
expect() { # WHAT PATTERN TEXT
  # shellcheck disable=SC2053  # a pattern is what is wanted
  if [[ $3 == $2 ]]; then echo "right: $1"; else complain "$1: '$3' instead of '$2'"; fi
}
nobody=65534 other=1  # daemon's
expect "who is in the group may cancel" "(false, 'nothing runs')" "$(as $nobody Cancel '' false '')"
expect "but not by force" "*InteractiveAuthorizationRequired: only root may cancel a job*" "$(as $nobody Cancel '' true '')"
expect "nor anything else" "*InteractiveAuthorizationRequired: only root may lift the quarantine*" "$(as $nobody Clear)"
expect "another may not cancel" "*InteractiveAuthorizationRequired: only root may cancel a job*" "$(as $other Cancel '' false '')"
expect "another may read" "*pi-1*" "$(as $other GetStatus)"
expect "but not what jobs print" "*InteractiveAuthorizationRequired: only root may read what a job prints*" "$(as $other GetOutput 0)"
expect "root may" "(false, 'nothing runs')" "$(as 0 Cancel '' true '')"

for action in cancel rollback clear reload output; do
  pkaction --verbose --action-id "org.kedge.agent1.$action" | grep -q 'implicit any: *auth_admin' ||
    complain "polkit does not know org.kedge.agent1.$action as it is meant"
done

# The command, refused on the socket, is let in by polkit; what it prints is its own business.
said=$(setpriv --reuid=$nobody --regid=$nobody --clear-groups -- "$kedge" --config "$work/kedge.yaml" reload 2>&1 || true)
expect "kedge reload is refused" "*only root may reload the configuration*" "$said"

((wrong == 0)) || { echo "--- the agent's log"; tail -n 20 "$work/log"; }
exit $wrong
