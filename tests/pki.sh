#!/usr/bin/env bash
# Makes a test CA, a broker certificate for 127.0.0.1 and localhost, and a certificate for each thing named.
# Usage: pki.sh FOLDER THING...     Files: ca.pem broker.pem broker.key THING.pem THING.key
set -euo pipefail
folder=$1
shift
mkdir -p "$folder"
cd "$folder"
umask 077
# Dated from yesterday on, so that a clock that is a little behind finds it valid.
new_ca() {
  openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj "/CN=Kedge test CA" 2>/dev/null
}
sign() { # NAME SUBJECT [EXTENSIONS]
  openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "$2" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out "$1.pem" \
    -extfile <(printf '%s\n' "${3:-basicConstraints=CA:FALSE}") 2>/dev/null
  rm -f "$1.csr"
}
new_ca
sign broker "/CN=localhost" "subjectAltName=DNS:localhost,IP:127.0.0.1"
for thing in "$@"; do sign "$thing" "/CN=$thing"; done
