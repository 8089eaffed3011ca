#!/usr/bin/env bash
# Runs what `cross/build ARCH` made, without a board: each program of the package under qemu's emulation of the processor,
# with the libraries of the sysroot. A connection with mutual TLS to a real broker, a snapshot and its restore of files
# that are dated 2040, and processors that are too old.
# Usage: smoke.sh amd64|arm64|armhf [FOLDER]     FOLDER=build/packages-ARCH      (SUITE= as for cross/build)
# shellcheck disable=SC2317 # the functions are called, through `check`
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=../../cross/needs.sh
. "$top/cross/needs.sh"
arch=${1:?usage: smoke.sh amd64|arm64|armhf [FOLDER]}
suite=${SUITE:-$(host_suite)}
of=$arch
[ "$suite" = "$(host_suite)" ] || of=$arch-$suite
packages=${2:-$top/build/packages-$of}
sysroot=$top/build/sysroot-$suite-$arch

case $arch in
  amd64) emulator=qemu-x86_64-static triplet=x86_64-linux-gnu loader=lib64/ld-linux-x86-64.so.2 ;;
  arm64) emulator=qemu-aarch64-static triplet=aarch64-linux-gnu loader=lib/ld-linux-aarch64.so.1 ;;
  armhf) emulator=qemu-arm-static triplet=arm-linux-gnueabihf loader=lib/ld-linux-armhf.so.3 ;;
  *) echo "smoke: $arch: unknown architecture" >&2; exit 2 ;;
esac
# By the board's own loader, and not with qemu's -L, which puts the sysroot's folders in the place of this machine's: what
# walks down from / as the guards do would look at the sysroot's /tmp.
loaded=("$sysroot/$loader" --library-path "$sysroot/usr/lib/$triplet:$sysroot/lib/$triplet")
run=("$emulator" "${loaded[@]}")
if [ -d "$sysroot" ]; then
  need qemu-user-static mosquitto openssl
else
  run=()  # built natively, against this machine's own libraries
  need mosquitto openssl
fi

work=$(mktemp -d)
broker=
cleanup() {
  if [ -n "$broker" ]; then
    kill "$broker" || true
    wait "$broker" || true
  fi
  rm -rf "$work"
}
trap cleanup EXIT
failed=0
# check WORDS COMMAND...: says whether it went well; its output only when not.
check() {
  local words=$1
  shift
  if "$@" >"$work/out" 2>&1; then
    echo "ok      $words"
  else
    echo "FAILED  $words (status $?)"
    sed 's/^/        /' "$work/out"
    failed=1
  fi
}

dpkg-deb -x "$packages"/kedge_*_"$arch".deb "$work/root"
bin=$work/root/usr/bin sbin=$work/root/usr/sbin lib=$work/root/usr/lib/kedge
version=$(dpkg-deb -f "$packages"/kedge_*_"$arch".deb Version)
says_version() { "${run[@]}" "$1" --version | grep -qxF "$(basename "$1") ${version%-*}"; }
for program in "$sbin/kedged" "$sbin/kedge-link" "$bin/kedge"; do
  check "$(basename "$program") tells its version" says_version "$program"
done

# --- a broker, and the configuration for it
bash <(sed 's/-days 30/-days 10000/' "$top/tests/pki.sh") "$work/pki" thing-1
port=$((20000 + $$ % 20000))
cat >"$work/mosquitto.conf" <<END
listener $port 127.0.0.1
user root
allow_anonymous false
require_certificate true
use_identity_as_username true
cafile $work/pki/ca.pem
certfile $work/pki/broker.pem
keyfile $work/pki/broker.key
END
mosquitto -c "$work/mosquitto.conf" >"$work/broker.log" 2>&1 &
broker=$!
for _ in $(seq 300); do
  grep -q running "$work/broker.log" && break
  read -rt 0.1 <> <(:) || true
done
cat >"$work/kedge.yaml" <<END
thing: thing-1
broker:
  endpoint: localhost
  port: $port
  ca: $work/pki/ca.pem
  certificate: $work/pki/thing-1.pem
  key: $work/pki/thing-1.key
paths: {state: $work/state, run: $work/run, handlers: $lib/handlers, guards: $lib/guards}
END
check "kedged takes the configuration" "${run[@]}" "$sbin/kedged" --config "$work/kedge.yaml" --check-config
refuses() { ! "${run[@]}" "$sbin/kedged" --config <(echo 'thing: [') --check-config; }
check "kedged refuses one that is not YAML" refuses
# There is no Jobs service here, so the probe's last check, a query, cannot go well.
connects() {
  "${run[@]}" "$sbin/kedge-link" --config "$work/kedge.yaml" --probe || true
  grep -q "as thing-1.*u'thing-1'" "$work/broker.log"
}
check "kedge-link connects with mutual TLS, by certificates that end in 2054" connects
probe_went_well() { # CHECK...
  local check
  for check in "$@"; do
    grep -q "\"check\":\"$check\".*\"ok\":true" "$work/probe" || { echo "$check"; cat "$work/probe"; return 1; }
  done
}
cp "$work/out" "$work/probe"
check "and finds clock, files, TLS, MQTT and subscriptions in order" \
  probe_went_well clock ca certificate key address tcp tls mqtt subscribe

# --- times that do not fit 32 bits
mkdir -p "$work/tree/folder" "$work/kept"
echo before >"$work/tree/folder/file"
ln -s file "$work/tree/folder/link"
far() { find "$work/tree" -exec touch --no-dereference --date '2040-06-01 12:00:00.123456789 UTC' {} +; }
look() { find "$work/tree" -printf '%P %y %m %T@ %l\n' | sort; cat "$work/tree/folder/file"; }
guard() { KEDGE_STATE_DIR=$work/kept "${run[@]}" "$lib/guards/files" "$1" "$work/tree"; }
restores() {
  far
  local was
  was=$(look)
  guard snapshot || return 1
  echo after >"$work/tree/folder/file"
  touch --date 2041-01-01 "$work/tree/folder/new"
  rm "$work/tree/folder/link"
  guard restore || return 1
  guard verify || return 1
  [ "$(look)" = "$was" ] || { echo "was:"; echo "$was"; echo "is:"; look; return 1; }
}
check "the guard restores files of 2040 to the nanosecond" restores
echo after >"$work/tree/folder/file"
differs() { ! guard verify; }
check "and tells when they are changed" differs

# A clock that was wrong once leaves a journal of any date.
starts() {
  local daemon status=1
  "${run[@]}" "$sbin/kedged" --config "$work/kedge.yaml" >"$work/kedged.log" 2>&1 &
  daemon=$!
  for _ in $(seq 300); do
    if grep -q ' ready: thing thing-1' "$work/kedged.log"; then status=0 && break; fi
    kill -0 "$daemon" || break
    read -rt 0.1 <> <(:) || true
  done
  kill "$daemon" || true
  wait "$daemon" || true
  cat "$work/kedged.log"
  [ "$status" -eq 0 ] && ! grep -qE 'cannot open the journal|quarantine' "$work/kedged.log"
}
check "kedged starts and makes its journal" starts
touch --date 2040-01-01 "$work"/state/journal.db*
check "kedged opens a journal of 2040" starts

# --- what is too old
runs_on() { "$emulator" -cpu "$1" "${loaded[@]}" "$sbin/kedged" --version; }
too_old() {
  local status=0
  (ulimit -c 0; "$emulator" -cpu "$1" "${loaded[@]}" "$sbin/kedged" --version) || status=$?
  [ "$status" -eq 132 ]  # SIGILL
}
if [ "$arch" = armhf ]; then
  check "runs on a Cortex-A7 (Raspberry Pi 2)" runs_on cortex-a7
  check "ends with SIGILL on an ARM1176 (Raspberry Pi 1, Zero, Zero W)" too_old arm1176
elif [ "$arch" = arm64 ]; then
  check "runs on a Cortex-A53 (Raspberry Pi 3, Zero 2 W)" runs_on cortex-a53
  check "runs on a Cortex-A72 (Raspberry Pi 4)" runs_on cortex-a72
fi
exit "$failed"
