#!/usr/bin/env bash
# Searches all states of a model, with spin. Usage: check.sh holds|refuted safety|liveness|fair MODEL.pml [-DNAME ...]
#   holds     the search is complete, finds no error, and has been at every statement labelled seen_...
#   refuted   the search finds an error: for models of what would be wrong
#   safety    assertions and dead ends; liveness: also that the model's ltl formula holds, whatever order things happen
#             in; fair: likewise, of runs in which every process that can go on for ever does so at some time
# Prints the figures; of an error the story, which is what the model's printf say, and when it was not expected each
# step as well. SPIN_STORY=1: the story of an expected one too.
set -euo pipefail
expected=$1 kind=$2 model=$(realpath "$3")
shift 3
defines=("$@")

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
name=$(basename "$model")
cp "$model" "$name"

fail() { echo "check.sh: $*" >&2; exit 1; }

case $kind in
  safety) compile=(-DSAFETY -DNOCLAIM) run=() ;;
  liveness) compile=() run=(-a) ;;
  fair) compile=(-DNFAIR=2) run=(-a -f) ;;
  *) fail "no such kind: $kind" ;;
esac
# A short search is not worth the compiler's thinking.
if [ "$expected" = holds ]; then compile+=(-O1) run+=(-m1000000 -w22); else compile+=(-O0) run+=(-m100000 -w20); fi
# The shortest story is the one to read.
if [ "$expected" = refuted ] && [ "$kind" = safety ]; then compile+=(-DBFS); fi

spin -a -o3 "${defines[@]}" "$name" >spin.out 2>&1 || { cat spin.out; fail "spin does not take $name"; }
gcc -w "${compile[@]}" -DVECTORSZ=1024 -DMEMLIM=3000 -o pan pan.c
./pan "${run[@]}" >pan.out 2>&1 || true

story() { spin -t -k "$name.trail" "${defines[@]}" "$name" | grep -v '^#processes\|^ltl ' | sed -n '/^[ ]*[a-z][a-z ]*: /Ip' | grep -v '^spin: trail\|proc  [-0-9]'; }

grep -q 'errors: ' pan.out || { cat pan.out; fail "the search did not end"; }
states=$(grep -o '[0-9.e+]* states, stored' pan.out | head -1)
what=$(sed -n 's/^pan:1: \(.*\) (at depth.*/\1/p' pan.out)
echo "$name $kind ${defines[*]:-}: $states, $(sed -n 's/.*depth reached \([0-9]*\), errors: \([0-9]*\)/depth \1, \2 error(s)/p' pan.out), \
$(sed -n 's/^pan: elapsed time \([0-9.e-]*\) seconds/\1 s/p' pan.out)${what:+; $what}"

if grep -q 'Search not completed\|max search depth too small\|out of memory' pan.out && [ "$expected" = holds ] && [ ! -e "$name.trail" ]; then
  cat pan.out
  fail "the search is not complete: this proves nothing"
fi

if [ "$expected" = refuted ]; then
  [ -e "$name.trail" ] || fail "no error found: the model cannot tell this from what is right"
  if [ -n "${SPIN_STORY:-}" ]; then story; fi
  exit 0
fi
if [ -e "$name.trail" ]; then
  echo "--- every step"
  spin -t -p -g -k "$name.trail" "${defines[@]}" "$name"
  echo "--- the story"
  story
  fail "$name does not hold: $what"
fi

# A variant need not walk every way; the model itself has to.
if [ ${#defines[@]} -gt 0 ]; then exit 0; fi
# An inline is expanded many times; a labelled line counts as reached when one of its expansions was.
./pan -d >table.out 2>/dev/null || true
sed -n '/^unreached in/,$p' pan.out >unreached.out
missed=0
while IFS=: read -r line text; do
  all=$(grep -c "state *[0-9]* -(.*$name:$line => assert(1)" table.out || true)  # none: its inline is never used
  unreached=$(grep -c "$name:$line, state [0-9]*, \"assert(1)\"" unreached.out || true)
  if [ "$all" -le "$unreached" ]; then
    echo "never reached: line $line: $text ($unreached of $all)"
    missed=1
  fi
done < <(grep -n 'seen_[a-z0-9_]*: assert(true)' "$name")
[ "$missed" -eq 0 ] || fail "a part of $name is never walked through"
