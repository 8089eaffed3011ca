#!/usr/bin/env bash
# What cross/build and cross/sysroot say to wrong words, before they install or make anything.
# Usage: wrong_use_test.sh SOURCES
set -euo pipefail
sources=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Whatever they would want to install: a tool that is called ends the test.
for tool in apt-get mmdebstrap sudo cmake; do
  printf '#!/bin/sh\necho "%s was called" >>"%s/called"\nexit 1\n' "$tool" "$work" >"$work/$tool"
done
chmod +x "$work"/*
export PATH=$work:$PATH

refused() { # STATUS WORDS COMMAND...
  local want=$1 words=$2 status=0
  shift 2
  "$@" >"$work/out" 2>&1 || status=$?
  if [ "$status" -ne "$want" ] || ! grep -qF -- "$words" "$work/out" || [ -e "$work/called" ]; then
    echo "$*: ended with $status, wanted $want and: $words" >&2
    cat "$work/out" "$work/called" >&2 || true
    exit 1
  fi
}
refused 2 "armel: unknown architecture; amd64, arm64 and armhf are known" "$sources/cross/build" armel
refused 1 "usage: cross/build" "$sources/cross/build"
refused 1 "usage: cross/sysroot" "$sources/cross/sysroot" arm64
mkdir "$work/used"
touch "$work/used/something"
refused 1 "holds something else" "$sources/cross/sysroot" arm64 "$work/used"
[ -e "$work/used/something" ]
