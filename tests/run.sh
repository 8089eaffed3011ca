#!/usr/bin/env bash
# Builds everything with warnings as errors and runs every test; unit and story tests also under AddressSanitizer and
# UndefinedBehaviorSanitizer. Works alone on a fresh Debian 12 or 13. Ends with ctest's count; exits non-zero on any failure.
set -euo pipefail
cd "$(dirname "$0")/.."
bash tests/setup.sh

jobs=$(nproc)
step() { printf '\n== %s\n' "$*"; }

step "build (dev)"
cmake --preset dev >/dev/null
cmake --build --preset dev -- -j "$jobs" --quiet

step "build (sanitizers): unit and story tests"
cmake --preset asan >/dev/null
cmake --build --preset asan --target sanitized_tests -- -j "$jobs" --quiet

step "unit and story tests under ASan and UBSan"
ctest --test-dir build/asan -L 'unit|story' -j "$jobs" --output-on-failure --no-tests=error

step "all tests"
# Most of the end-to-end tests' time is waiting.
ctest --test-dir build/dev -LE campaign -j "$((2 * jobs))" --output-on-failure --no-tests=error
