#!/usr/bin/env bash
# Brings up a broker and drydock, and has the AWS SDK drive them. Usage: run.sh DRYDOCK, in the folder with
# jobs_test.mjs and its packages. Leaves no process, whatever happens.
set -euo pipefail

drydock=$1
place=$PWD/run  # in the build folder: if this script is killed, the next run clears up
rm -rf "$place"
mkdir "$place"
pids=()
end() {
  trap '' HUP INT TERM
  [ ${#pids[@]} -eq 0 ] || { kill "${pids[@]}" 2>/dev/null || true; wait "${pids[@]}" 2>/dev/null || true; }
  rm -rf "$place"
}
trap end EXIT
trap 'exit 1' HUP INT TERM
# Dies with this script, even if that is killed and cannot end it.
own() { exec setpriv --pdeathsig KILL -- "$@"; }

# Below the ports that the system gives to outgoing connections; free when nobody answers.
free_port() {
  local port
  for port in $(shuf -i 20000-32000 -n 100); do
    (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
  return 1
}

port=$(free_port)
# The folder first: drydock serve wants its certificates to be there.
"$drydock" broker "$place/bench" --port "$port" --setup-only \
  --thing device-5 --thing device-311 --thing device-classic >"$place/broker.log" 2>&1
own "$drydock" broker "$place/bench" >>"$place/broker.log" 2>&1 &
pids+=($!)
exec {ready}< <(own "$drydock" serve --broker "localhost:$port" --ca "$place/bench/ca.pem" \
  --cert "$place/bench/drydock.pem" --key "$place/bench/drydock.key" 2>"$place/drydock.log")
pids+=($!)
# Until then it tries again and again to reach the broker.
if ! read -r -t 60 -u "$ready" line; then
  echo "drydock does not serve:" >&2
  cat "$place/drydock.log" "$place/broker.log" >&2
  exit 1
fi
http=${line//[^0-9]/}

export BROKER_PORT=$port BROKER_FOLDER=$place/bench DRYDOCK=http://127.0.0.1:$http
own node --test-reporter=spec jobs_test.mjs &
pids+=($!)
wait "$!"  # in the background, so that a signal reaches this script at once
