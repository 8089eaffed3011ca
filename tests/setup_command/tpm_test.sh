#!/usr/bin/env bash
# A key that lives in a TPM: made there, certified, used by kedge-link for mutual TLS, as config/TPM.md says. The TPM is
# swtpm behind tpm2-abrmd on a bus of its own; skipped (77), with the reason, where those are missing.
# Usage: tpm_test.sh KEDGE KEDGE_LINK DRYDOCK
set -euo pipefail
kedge=$1 kedge_link=$2 drydock=$3
page=$(cd "$(dirname "$0")/../.." && pwd)/config/TPM.md

skip() {
  echo "skipped: $1"
  exit 77
}
for program in swtpm tpm2-abrmd dbus-run-session mosquitto; do
  command -v "$program" >/dev/null || PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || skip "no $program here"
done
[[ $(id -u) == 0 ]] || skip "tpm2-abrmd on a bus of its own needs root here"
OPENSSL_CONF=/dev/null openssl list -providers -provider default >/dev/null
[[ -e $(openssl version -m | sed 's/.*"\(.*\)"/\1/')/tpm2.so ]] || skip "no provider tpm2 (package tpm2-openssl)"

# Once more, on a bus that goes with this script.
if [[ ${KEDGE_TPM_BUS:-} == "" ]]; then
  export KEDGE_TPM_BUS=1
  exec dbus-run-session -- bash "$0" "$@"
fi

folder=$(mktemp -d)
mkdir "$folder/tpm" "$folder/logs"
chmod 0755 "$folder"
started=()
cleanup() {
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$folder"
}
trap cleanup EXIT

# wait_for WHAT COMMAND...: until it succeeds, at most 30 s.
wait_for() {
  local what=$1 until=$((SECONDS + 30))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < until)) || {
      echo "$what does not come up"
      tail -n 20 "$folder"/logs/*
      exit 1
    }
    read -rt 0.1 <> <(:) || true
  done
}
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)) && { answers "$port" || answers $((port + 1)); }; do :; done
  echo "$port"
}

tpm=$(free_port)
swtpm socket --tpm2 --tpmstate "dir=$folder/tpm" --server "type=tcp,port=$tpm" --ctrl "type=tcp,port=$((tpm + 1))" \
  --flags not-need-init,startup-clear >"$folder/logs/swtpm" 2>&1 &
started+=($!)
# Not by connecting: it serves one connection, and ends with it.
wait_for swtpm grep -qi ":$(printf '%04X' "$tpm") .* 0A " /proc/net/tcp
PATH=$PATH:/usr/sbin tpm2-abrmd --allow-root --session "--tcti=swtpm:host=127.0.0.1,port=$tpm" >"$folder/logs/abrmd" 2>&1 &
started+=($!)
export TPM2OPENSSL_TCTI=tabrmd:bus_type=session

# The page's own configuration of OpenSSL.
sed -n "/openssl.cnf <<'END'/,/^    END/p" "$page" | sed '1d;$d;s/^    //' >"$folder/openssl.cnf"
grep -q provider_sect "$folder/openssl.cnf"
export OPENSSL_CONF=$folder/openssl.cnf
wait_for "the provider tpm2" openssl list -providers

port=$(free_port)
OPENSSL_CONF='' "$drydock" broker "$folder/broker" --thing pi-1 --port "$port" >"$folder/logs/broker" 2>&1 &
started+=($!)
wait_for "the broker" answers "$port"
OPENSSL_CONF='' "$drydock" serve --broker "localhost:$port" --ca "$folder/broker/ca.pem" --cert "$folder/broker/drydock.pem" \
  --key "$folder/broker/drydock.key" --ready-file "$folder/ready" >"$folder/logs/drydock" 2>&1 &
started+=($!)
wait_for drydock test -s "$folder/ready"
http=$(tr -dc 0-9 <"$folder/ready")
exec 3<>"/dev/tcp/127.0.0.1/$http"
printf 'POST /things/pi-1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}' >&3
head -n 1 <&3 | grep -q 200
exec 3>&-

# setup NAME ENVIRONMENT...: prints what it says; its exit status.
setup() {
  local name=$1
  shift
  env "$@" "$kedge" setup --config "$folder/$name/kedge.yaml" --kedge-link "$kedge_link" --user root --thing pi-1 \
    --endpoint localhost --port "$port" --ca "$folder/broker/ca.pem" --cert "$folder/$name.pem" --key "$folder/$name.key"
}

for algorithm in "EC group:P-256" "RSA bits:2048"; do
  read -r kind option <<<"$algorithm"
  openssl genpkey -algorithm "$kind" -pkeyopt "$option" -out "$folder/$kind.key" 2>>"$folder/logs/openssl"
  grep -q "BEGIN TSS2 PRIVATE KEY" "$folder/$kind.key"
  openssl req -new -key "$folder/$kind.key" -subj /CN=pi-1 -out "$folder/$kind.csr" 2>>"$folder/logs/openssl"
  OPENSSL_CONF='' openssl x509 -req -in "$folder/$kind.csr" -CA "$folder/broker/ca.pem" -CAkey "$folder/broker/ca.key" \
    -CAcreateserial -CAserial "$folder/serial" -days 2 -out "$folder/$kind.pem" 2>>"$folder/logs/openssl"

  # Without the provider the key is nothing, and the report says what is missing.
  if setup "$kind" -u OPENSSL_CONF >"$folder/without" 2>&1; then
    echo "$kind: connected without the TPM:"
    cat "$folder/without"
    exit 1
  fi
  grep -q "the key lives in a TPM" "$folder/without"

  if ! setup "$kind" >"$folder/with" 2>&1 || ! grep -q "the Jobs service answers: no job is waiting" "$folder/with"; then
    echo "$kind: not connected:"
    cat "$folder/with"
    exit 1
  fi
  echo "$kind: connected with a key that is in the TPM"
done
