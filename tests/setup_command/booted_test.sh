#!/usr/bin/env bash
# `kedge setup` on a booted Debian device, with its services: from the outside, as tests/field/run.sh starts it
# (KEDGE_FIELD_INSIDE runs a program on the device, KEDGE_FIELD_ROOT is its root folder). Usage: booted_test.sh DRYDOCK
set -euo pipefail
drydock=$1
inside=$KEDGE_FIELD_INSIDE
folder=$(mktemp -d)
started=()
cleanup() {
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$folder"
}
trap cleanup EXIT

fail() {
  echo "FAILED: $*"
  cat "$folder/said" 2>/dev/null || true
  $inside /bin/journalctl -u kedged -u kedge-link --no-pager -n 30 || true
  exit 1
}
# wait_for WHAT COMMAND...: until it succeeds, at most 60 s.
wait_for() {
  local what=$1 until=$((SECONDS + 60))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < until)) || fail "$what does not happen"
    read -rt 0.2 <> <(:) || true
  done
}
answers() { (exec 3<>/dev/tcp/127.0.0.1/8883) 2>/dev/null; }
setup() { $inside /usr/bin/kedge setup "$@" >"$folder/said" 2>&1; }
said() { grep -qF -- "$1" "$folder/said" || fail "it did not say: $1"; }
status_has() { $inside /usr/bin/kedge status --json | tr -d ' \n' | grep -qF -- "$1"; }
both_are() { [[ $($inside /bin/systemctl "is-$1" kedged kedge-link) == "$1"$'\n'"$1" ]]; }
main_pid() { $inside /bin/systemctl show -P MainPID kedged; }
post() { # METHOD PATH BODY
  exec 3<>"/dev/tcp/127.0.0.1/$http"
  printf '%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s' "$1" "$2" ${#3} "$3" >&3
  head -n 1 <&3 | grep -q ' 200 ' || fail "drydock refuses $1 $2"
  exec 3>&-
}

"$drydock" broker "$folder/bench" --thing pi-1 --port 8883 >"$folder/broker.log" 2>&1 &
started+=($!)
wait_for "the broker" answers
"$drydock" serve --broker localhost:8883 --ca "$folder/bench/ca.pem" --cert "$folder/bench/drydock.pem" \
  --key "$folder/bench/drydock.key" --ready-file "$folder/ready" >"$folder/drydock.log" 2>&1 &
started+=($!)
wait_for drydock test -s "$folder/ready"
http=$(tr -dc 0-9 <"$folder/ready")
post POST /things/pi-1 '{}'
new=$KEDGE_FIELD_ROOT/root/new
mkdir -p "$new"
cp "$folder/bench/ca.pem" "$folder"/bench/things/pi-1.* "$new"
right=(--thing pi-1 --endpoint localhost --cert /root/new/pi-1.pem --key /root/new/pi-1.key --ca /root/new/ca.pem)

# What fails leaves a device that has not been set up.
! setup "${right[@]}" --thing pi-2 || fail "a thing that the broker does not allow was set up"
said "refuses the subscription"
[[ ! -e $KEDGE_FIELD_ROOT/etc/kedge/kedge.yaml ]] || fail "a configuration was written"
! both_are active || fail "services were started"
echo "nothing happens before the trial succeeds"

setup "${right[@]}" || fail "setup"
said "Connected; the Jobs service answers: no job is waiting"
both_are active || fail "not active"
both_are enabled || fail "not enabled"
status_has '"link":"up"' || fail "not connected"
$inside /usr/bin/setpriv --reuid=kedge --regid=kedge --clear-groups /bin/cat /etc/kedge/private.key >/dev/null ||
  fail "kedge cannot read the key"
! $inside /usr/bin/setpriv --reuid=nobody --regid=nogroup --clear-groups /bin/cat /etc/kedge/private.key >/dev/null 2>&1 ||
  fail "nobody can read the key"
echo "set up, started, connected"

# A trial lets kedge-link pause, and nothing is restarted that need not be.
agent=$(main_pid)
setup --check || fail "check"
wait_for "the connection, once more" status_has '"link":"up"'
setup --yes || fail "setup, once more"
said "Everything is in place already."
[[ $(main_pid) == "$agent" ]] || fail "the agent was restarted without need"
echo "tried again, nothing was touched"

# shellcheck disable=SC2016  # no expansion is meant
post PUT /jobs/slow '{"targets":["arn:aws:iot:us-east-1:000000000000:thing/pi-1"],"document":"{\"version\":\"1.0\",\"steps\":[{\"action\":{\"name\":\"s\",\"type\":\"runCommand\",\"input\":{\"command\":\"sleep,300\"}}}]}"}'
wait_for "the job" status_has '"name":"s"'
! setup --yes || fail "a job in progress was no hindrance"
said "job slow is in progress"
[[ $(main_pid) == "$agent" ]] || fail "the agent was restarted while a job runs"
setup --check || fail "a check while a job runs"
status_has '"jobId":"slow"' || fail "the job is gone"
echo "a job in progress is left alone"
