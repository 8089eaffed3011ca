#!/usr/bin/env bash
# Makes the release build and runs the benches against a private broker with mutual TLS. Only on a machine that does
# nothing else: README.md. Usage: run.sh [RUNS [HANGS [CANCELS]]]     RUNS: medians of so many (5). HANGS: no-op jobs
# in which to look for hangs (5000; 0: none). CANCELS: forced cancels of each kind of step (200; 0: none).
set -euo pipefail
runs=${1:-5}
hangs=${2:-5000}
cancels=${3:-200}
cd "$(dirname "$0")/../.."
bash tests/setup.sh
cmake --preset release >/dev/null
cmake --build --preset release --target bench_cancel bench_drydock bench_idle bench_jobs -- --quiet
benches=build/release/tests/bench
"$benches/idle" --runs "$runs"
echo
"$benches/jobs" --runs "$runs"
echo
"$benches/drydock" --runs "$runs"
[ "$cancels" -eq 0 ] || { echo && "$benches/cancel" --cancels "$cancels"; }
[ "$hangs" -eq 0 ] || { echo && "$benches/jobs" --hangs "$hangs"; }
