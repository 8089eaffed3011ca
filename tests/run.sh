#!/usr/bin/env bash
# Builds everything with warnings as errors and runs every test; unit and story tests also under AddressSanitizer and
# UndefinedBehaviorSanitizer. Works alone on a fresh Debian 12 or 13. Ends with ctest's count; exits non-zero on any failure.
set -euo pipefail
cd "$(dirname "$0")/.."
bash tests/setup.sh

jobs=$(nproc)
step() { printf '\n== %s\n' "$*"; }

step "build (sanitizers): unit and story tests"
cmake --preset asan >/dev/null
cmake --build --preset asan --target sanitized_tests -- -j "$jobs" --quiet

step "build (dev): everything else"
cmake --preset dev -DKEDGE_UNIT_TESTS=OFF >/dev/null
cmake --build --preset dev -- -j "$jobs" --quiet

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The number of tests that ctest has just told of.
told() { sed -n 's/^100% tests passed, 0 tests failed out of //p' "$log" | tail -n 1; }

step "unit and story tests under ASan and UBSan"
ctest --test-dir build/asan -L '^(unit|story)$' -j "$jobs" --output-on-failure --no-tests=error | tee "$log"
sanitized=$(told)

step "all other tests"
# Most of the end-to-end tests' time is waiting. Campaigns have their own commands: README.md.
ctest --test-dir build/dev -LE campaign -j "$((2 * jobs))" --output-on-failure --no-tests=error | tee "$log"
others=$(told)

step "what came of a cancel, by each door and in each situation"
build/dev/tests/doors/doors --judge build/dev/tests/doors/results/*.json

printf '\n%s under the sanitizers and %s others, all of them passed:\n' "$sanitized" "$others"
echo "100% tests passed, 0 tests failed out of $((sanitized + others))"
