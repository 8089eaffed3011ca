#!/usr/bin/env bash
# Kedge in one minute: a real broker with mutual TLS, the real aws command line as the operator, real jobs, and a
# forced cancel that ends with the device exactly as it was. Works alone on a fresh Debian 12: installs, builds, shows.
# Checks everything that it claims; exits 0 only if all of it held. Leaves nothing running and no file behind.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${KEDGE_BUILD:-}" ]; then
  bash tests/setup.sh minimal
  echo "demo: building (a few minutes the first time)"
  cmake --preset dev >/dev/null
  cmake --build --preset dev --target kedged kedge-link kedge drydock kedge-guard-files -- --quiet
  KEDGE_BUILD=$PWD/build/dev
fi

# ---------------------------------------------------------------------------------------------- the surroundings
work=$(mktemp -d /tmp/kedge-demo.XXXXXX)
chmod 755 "$work"
started=()
cleanup() {
  status=$?
  set +e
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null; done
  for pid in "${started[@]}"; do wait "$pid" 2>/dev/null; done
  if [ "$status" -ne 0 ]; then
    printf '\nThe demo failed. Last lines of the agent:\n' >&2
    tail -n 25 "$work/kedged.log" >&2
    tail -n 5 "$work/link.log" "$work/drydock.log" >&2
  fi
  [ -n "${KEDGE_DEMO_KEEP:-}" ] && cp -a "$work" "$KEDGE_DEMO_KEEP"
  rm -rf "$work"
}
trap cleanup EXIT

began=$(date +%s%N)
say() { printf '%6.2f s  %-9s %s\n' "$((($(date +%s%N) - began) / 10000000))e-2" "$1" "$2"; }
headline() { printf '\n--- %s\n' "$1"; }
fail() { say CHECK "FAILED: $1"; exit 1; }
check() { # WORDS COMMAND...
  local words=$1
  shift
  "$@" || fail "$words"
  say check "$words"
}
wait_for() { # WORDS COMMAND...: up to 30 s
  local words=$1 end=$((SECONDS + 30))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || fail "$words did not happen within 30 s"
    read -rt 0.05 <> <(:) || true
  done
}
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

bash tests/pki.sh "$work/pki" pi-1 drydock
port=$(free_port)
cat > "$work/mosquitto.conf" <<EOF
listener $port 127.0.0.1
user root
allow_anonymous false
require_certificate true
use_identity_as_username true
cafile $work/pki/ca.pem
certfile $work/pki/broker.pem
keyfile $work/pki/broker.key
EOF
mkdir -p "$work"/{device/etc,handlers,www}
cat > "$work/kedge.yaml" <<EOF
thing: pi-1
broker:
  endpoint: localhost
  port: $port
  ca: $work/pki/ca.pem
  certificate: $work/pki/pi-1.pem
  key: $work/pki/pi-1.key
service:
  progress: 1s
process:
  grace: 2s
paths:
  state: $work/state
  run: $work/run
  handlers: $KEDGE_BUILD/handlers
  guards: $KEDGE_BUILD/handlers/guards
  allowed_handlers: [$work/handlers]
EOF

start() { # NAME COMMAND...
  local name=$1
  shift
  "$@" >> "$work/$name.log" 2>&1 &
  started+=($!)
}
headline "A broker with mutual TLS, a local AWS IoT Jobs service (drydock), and the agent: kedged and kedge-link"
start broker mosquitto -c "$work/mosquitto.conf"
wait_for "the broker" grep -q "running" "$work/broker.log"
start drydock "$KEDGE_BUILD/tests/drydock/drydock" serve --broker "localhost:$port" --ca "$work/pki/ca.pem" \
  --cert "$work/pki/drydock.pem" --key "$work/pki/drydock.key" --ready-file "$work/ready" --history "$work/history"
wait_for "drydock" test -s "$work/ready"
start kedged "$KEDGE_BUILD/agent/kedged" --config "$work/kedge.yaml"
start link "$KEDGE_BUILD/agent/link/kedge-link" --config "$work/kedge.yaml"

http=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["http"])' "$work/ready")
export AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=y AWS_DEFAULT_REGION=us-east-1 AWS_PAGER='' \
  AWS_EC2_METADATA_DISABLED=true AWS_MAX_ATTEMPTS=2
aws() { /usr/bin/aws --endpoint-url "http://127.0.0.1:$http" "$@"; }
kedge() { "$KEDGE_BUILD/agent/kedge" --config "$work/kedge.yaml" "$@"; }
create() { # JOB DOCUMENT
  say operator "aws iot create-job --job-id $1"
  aws iot create-job --job-id "$1" --targets arn:aws:iot:us-east-1:000000000000:thing/pi-1 --document "$2" >/dev/null
}
describe() { aws iot describe-job-execution --job-id "$1" --thing-name pi-1 "${@:2}"; }
status_of() { describe "$1" --query execution.status --output text; }
detail_of() { describe "$1" --query "execution.statusDetails.detailsMap.$2" --output text; }
is() { [ "$("${@:2}")" = "$1" ]; }

aws iot create-thing --thing-name pi-1 >/dev/null
link_is_up() { kedge status --json | grep -q '"link": *"up"'; }
wait_for "the link" link_is_up
say device "connected, every subscription granted"

# ------------------------------------------------------------------------------------------------------- a and b
headline "(a) AWS's managed template AWS-Run-Command"
create hello '{"version":"1.0","steps":[{"action":{"name":"Run-Command","type":"runCommand","input":{"command":"echo,Hello from\\, kedge"},"runAsUser":""}}]}'
wait_for "SUCCEEDED" is SUCCEEDED status_of hello
check "hello is SUCCEEDED" is SUCCEEDED status_of hello
check "its output is in statusDetails: $(detail_of hello stdout)" is "Hello from, kedge" detail_of hello stdout

headline "(b) AWS's managed template AWS-Download-File"
www=$(free_port)
echo "version 2 of the firmware list" > "$work/www/list.txt"
start www python3 -m http.server --bind 127.0.0.1 --directory "$work/www" "$www"
wait_for "the download server" curl -fsS "http://127.0.0.1:$www/list.txt"
create fetch '{"version":"1.0","steps":[{"action":{"name":"Download-File","type":"runHandler","input":{"handler":"download-file.sh","args":["http://127.0.0.1:'"$www"'/list.txt","'"$work"'/device/list.txt"],"path":"default"},"runAsUser":""}}]}'
wait_for "SUCCEEDED" is SUCCEEDED status_of fetch
check "fetch is SUCCEEDED and the file is there, byte for byte" cmp -s "$work/www/list.txt" "$work/device/list.txt"

# ------------------------------------------------------------------------------------------------------------- c
headline "(c) Three steps that rewrite protected files; in the second one the operator cancels by force"
etc=$work/device/etc
mkdir -p "$etc/app.d"
echo "mode = careful" > "$etc/app.conf"
chmod 640 "$etc/app.conf"
ln -s app.conf "$etc/current"
echo "one" > "$etc/app.d/one"
chown 65534:65534 "$etc/app.d/one"
setfattr -n user.origin -v factory "$etc/app.d/one" 2>/dev/null || true
listing() {
  (cd "$work/device" && find . -printf '%p %y %#m %U:%G %T@ %l\n' | sort &&
    find . -type f -print0 | sort -z | xargs -0 sha256sum && getfattr -R -d -m - . 2>/dev/null)
}
listing > "$work/before"

cat > "$work/handlers/rewrite" <<'EOF'
#!/bin/sh
# $1 is the user (the Device Client's convention), $2 the folder.
cd "$2" && echo "mode = bold" > app.conf && chmod 600 app.conf && rm current && echo two > app.d/two
EOF
cat > "$work/handlers/stubborn" <<'EOF'
#!/bin/sh
# Changes more, leaves a daemonised grandchild behind, ignores SIGTERM and never ends.
trap '' TERM
cd "$2" && rm -r app.d && echo "half written" > app.conf
setsid sh -c 'trap "" TERM; (exec -a kedge-demo-daemon sleep 1000) & wait' </dev/null >/dev/null 2>&1 &
while :; do sleep 1; done
EOF
# dash has no exec -a: bash runs the daemon under its own name, so that it can be looked for.
sed -i 's/setsid sh -c/setsid bash -c/' "$work/handlers/stubborn"
chmod 700 "$work/handlers"/*
protect='"protect":{"files":["'"$etc"'"]}'
create upgrade '{"version":"1.0","steps":[
  {"action":{"name":"rewrite","type":"runHandler","input":{"handler":"rewrite","args":["'"$etc"'"],"path":"'"$work"'/handlers"},'"$protect"'}},
  {"action":{"name":"stubborn","type":"runHandler","input":{"handler":"stubborn","args":["'"$etc"'"],"path":"'"$work"'/handlers"},'"$protect"'}},
  {"action":{"name":"never","type":"runCommand","input":{"command":"touch,'"$etc"'/never"}}}]}'
daemon_runs() { pgrep -f kedge-demo-daemon >/dev/null; }
wait_for "step 2" daemon_runs
say device "step 2 runs: ignores SIGTERM, has rewritten and deleted files, has left a daemon"
in_step_2() { is "2/3 stubborn" detail_of upgrade step; }
wait_for "the progress report" in_step_2
check "the service knows: step $(detail_of upgrade step)" in_step_2
kedge status | sed 's/^/          | /'
version=$(describe upgrade --query execution.versionNumber --output text)
say operator "aws iot cancel-job-execution --force --expected-version $version --status-details reason=wrong-image"
aws iot cancel-job-execution --job-id upgrade --thing-name pi-1 --force --expected-version "$version" \
  --status-details reason=wrong-image
is_safe() { kedge show upgrade --json | grep -q '"verdict": *"safe"' && kedge status --json | grep -q '"state": *"idle"'; }
wait_for "verdict safe" is_safe
check "nothing that the job started is alive" test -z "$(pgrep -f 'kedge-demo-daemon|handlers/stubborn')"
listing > "$work/after"
check "every file is byte for byte, mode for mode, as before" cmp "$work/before" "$work/after"
check "the service has it as CANCELED" is CANCELED status_of upgrade
kedge show upgrade | sed 's/^/          | /'
kedge show upgrade > "$work/show"
check "the verdict is safe" grep -q safe "$work/show"
check "the operator's reason is in 'kedge show'" grep -q wrong-image "$work/show"
state_topic() {
  mosquitto_sub -h localhost -p "$port" --cafile "$work/pki/ca.pem" --cert "$work/pki/drydock.pem" \
    --key "$work/pki/drydock.key" -t kedge/things/pi-1/state -C 1 -W 5
}
wait_for "the state topic" eval 'state_topic | grep -q CANCELED'
say topic "$(state_topic)"
check "the state topic says: CANCELED and safe" eval 'state_topic | grep -q "\"verdict\":\"safe\""'

# ------------------------------------------------------------------------------------------------------- d and e
headline "(d) The next job runs"
create next '{"version":"1.0","steps":[{"action":{"name":"look","type":"runCommand","input":{"command":"cat,'"$etc"'/app.conf"}}}]}'
wait_for "SUCCEEDED" is SUCCEEDED status_of next
check "next is SUCCEEDED and read the old configuration" is "mode = careful" detail_of next stdout

headline "(e) What the operator sees, and what the device says"
describe upgrade | sed 's/^/          | /'
kedge history | sed 's/^/          | /'
check "aws describes what the device says: CANCELED" eval 'kedge history | grep upgrade | grep -q CANCELED'

printf '\nDone in %d s. Everything was checked; nothing is left running.\n' "$((($(date +%s%N) - began) / 1000000000))"
