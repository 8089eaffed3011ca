#!/usr/bin/env bash
# Breaks one rule of the agent after the other and says what noticed. README.md tells the form of the lists.
set -u
here=$(cd "$(dirname "$0")" && pwd)

usage() {
  cat <<TEXT
usage: run.sh --build FOLDER [-j JOBS] [--every N] [--judge KIND] [--keep] [NAME...]
       run.sh --list
       run.sh --check AGENT
FOLDER is tests/sim/mutants of a build, with the target mutants_ready built. NAME: only these mutants.
One line a mutant. Exit status 1 when one survived, does not apply or does not compile, or when the sources as they
are do not pass. --every runs one in N. --judge asks that one instead of those in the lists. --keep leaves the changed
sources and the logs, and says where. --check only says which do not apply to the sources in AGENT, and builds nothing.
TEXT
}

build='' jobs=2 keep='' list='' check='' one='' kind_for_all='' every=1
names=()
while (($# > 0)); do
  case $1 in
    --build) build=${2:?--build wants a folder} && shift ;;
    -j) jobs=${2:?-j wants a number} && shift ;;
    --every) every=${2:?--every wants a number} && shift ;;
    --judge) kind_for_all=${2:?--judge wants a kind} && shift ;;
    --keep) keep=yes ;;
    --list) list=yes ;;
    --check) check=${2:?--check wants a folder} && shift ;;
    --one) one=${2:?} && shift ;;  # internal: the number of one mutant, in the folder $MUTANT_WORK
    --help) usage && exit 0 ;;
    -*) usage >&2 && exit 2 ;;
    *) names+=("$1") ;;
  esac
  shift
done

# --- The lists

mutants=() rules=() files=() judges=() olds=() news=()  # olds, news: hunks, each ended by $cut
cut=$'\x1e'

read_lists() {
  local list line old='' new='' open='' at=-1
  end_hunk() {
    [[ $open ]] || return 0
    olds[at]+=${old%$'\n'}$cut
    news[at]+=${new%$'\n'}$cut
    old='' new='' open=''
  }
  for list in "$here"/*.mutants; do
    while IFS= read -r line || [[ $line ]]; do
      case $line in
        'mutant '*) end_hunk && at=$((at + 1)) && mutants[at]=${line#mutant } && judges[at]=sim && olds[at]='' && news[at]='' ;;
        'rule '*) rules[at]=${line#rule } ;;
        'file '*) files[at]=${line#file } ;;
        'judge '*) judges[at]=${line#judge } ;;
        '-'*)
          [[ $open == new ]] && end_hunk
          open=old
          line=${line#-}
          old+=${line# }$'\n'
          ;;
        '+'*)
          open=new
          line=${line#+}
          new+=${line# }$'\n'
          ;;
        '#'* | '') ;;
        *) echo "$list: not understood: $line" >&2 && exit 2 ;;
      esac
    done <"$list"
    end_hunk
  done
  if [[ $kind_for_all ]]; then
    for at in "${!mutants[@]}"; do judges[at]=$kind_for_all; done
  fi
}

# --- One mutant

# Writes the changed file. False, with the reason in $why: a hunk does not stand there exactly once.
change() {
  local text old_rest=${olds[$1]} new_rest=${news[$1]} old new hunk=0 rest
  text=$(cat "$MUTANT_WORK/agent/${files[$1]}" && echo .) && text=${text%.}
  while [[ $old_rest ]]; do
    old=${old_rest%%"$cut"*} new=${new_rest%%"$cut"*}
    old_rest=${old_rest#*"$cut"} new_rest=${new_rest#*"$cut"}
    hunk=$((hunk + 1))
    rest=${text#*"$old"}
    if [[ ! $old || $rest == "$text" ]]; then why="hunk $hunk is not in ${files[$1]} any more" && return 1; fi
    if [[ $rest == *"$old"* ]]; then why="hunk $hunk stands in ${files[$1]} more than once" && return 1; fi
    text=${text%%"$old"*}$new$rest
  done
  printf '%s' "$text" >"$2"
}

# What the judge needs beside the changed object.
objects_of() {
  case $1 in
    sim) echo "$MUTANT_SIM" ;;
    stories) echo "$MUTANT_STORIES" ;;
    store) echo "$MUTANT_STORE" ;;
    daemon) echo "$MUTANT_DAEMON" ;;
    kills | syncs | faults) echo "$MUTANT_KEDGED" ;;
    *) echo "no judge $1" >&2 && exit 2 ;;
  esac
}

# Runs the judge; true: it found nothing. $found: what it found, in one line.
judge() {
  local log=$2.log
  case $1 in
    sim) timeout 200 "$2" >"$log" 2>&1 ;;
    kills) timeout 300 "$MUTANT_SWEEP" --actions -j 2 --kedged "$2" >"$log" 2>&1 ;;
    syncs)  # killed at each of the first commits: what was done before the commit shows
      local k killed=fine
      for k in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
        timeout 60 "$MUTANT_SWEEP" --run "success agent:fdatasync:SIGKILL:$k" --kedged "$2" >"$log" 2>&1 && continue
        killed=broken && break
      done
      [[ $killed == fine ]] ;;
    faults) timeout 300 "$MUTANT_SWEEP" --sample 200 -j 2 --kedged "$2" >"$log" 2>&1 ;;
    *) (cd "${2%/*}" && timeout 200 "$2" --abort-after=1 >"$log" 2>&1) ;;
  esac
  local code=$?
  case $code in
    124) found='it hangs' ;;
    0) found=$(grep -m1 -E '^holds|assertions:|no violation|^all ' "$log") ;;
    1) found=$(grep -m1 -E ' after [0-9]+ cases|^TEST CASE|VIOLATION' "$log") ;;
    *) found="the program ends with status $code" ;;
  esac
  # A word that was printed, not only a status: a judge that could not run at all has judged nothing.
  [[ $found ]] || found="status $code: $(head -1 "$log")"
  return $((code != 0))
}

run_one() {
  local at=$1 began=$SECONDS work=$MUTANT_WORK/$1 why='' found='' kind
  local tell="%-9s %-42s %3d s  %s\n"
  mkdir -p "$(dirname "$work/source/${files[at]}")"
  local source=$work/source/${files[at]}
  if ! change "$at" "$source"; then
    printf "$tell" 'OUTDATED' "${mutants[at]}" 0 "$why" && return 1
  fi
  if ! "$MUTANT_CXX" $MUTANT_FLAGS -O1 -w $(pch_of "$at") -I"$MUTANT_WORK/agent" -c "$source" -o "$work/mutant.o" 2>"$work/compile.log"; then
    printf "$tell" 'BROKEN' "${mutants[at]}" $((SECONDS - began)) "$(grep -m1 error "$work/compile.log")" && return 1
  fi
  for kind in ${judges[at]}; do
    if ! "$MUTANT_CXX" $MUTANT_FLAGS $MUTANT_LINK -Wl,--start-group "$work/mutant.o" $(objects_of "$kind") -Wl,--end-group -o "$work/judge" 2>"$work/link.log"; then
      printf "$tell" 'BROKEN' "${mutants[at]}" $((SECONDS - began)) "$(head -1 "$work/link.log")" && return 1
    fi
    if ! judge "$kind" "$work/judge"; then
      printf "$tell" 'caught' "${mutants[at]}" $((SECONDS - began)) "$kind: $found"
      [[ $keep ]] || rm -rf "$work"
      return 0
    fi
  done
  printf "$tell" 'SURVIVED' "${mutants[at]}" $((SECONDS - began)) "${rules[at]} (${judges[at]}: $found)"
  return 1
}

# --- Preparation

# The headers of core, compiled once: they and nlohmann/json are most of what a mutant costs.
pch_of() {
  if [[ ${files[$1]} == core/* && -e $MUTANT_WORK/core.h.gch ]]; then echo "-include $MUTANT_WORK/core.h"; fi
}

prepare() {
  MUTANT_WORK=$(mktemp -d "${TMPDIR:-/tmp}/kedge-mutants.XXXXXX")
  [[ $keep ]] && echo "kept in $MUTANT_WORK" || trap 'rm -rf "$MUTANT_WORK"' EXIT
  mkdir "$MUTANT_WORK/agent"
  # A file that changes while this runs would make two programs out of one.
  cp -r "$MUTANT_AGENT"/. "$MUTANT_WORK/agent"
  # gold and lld link in a fraction of the time; without them it only takes longer.
  MUTANT_LINK=-Wl,-S
  local linker
  for linker in lld gold; do
    if "$MUTANT_CXX" -fuse-ld=$linker -x c++ - -o "$MUTANT_WORK/a" <<<'int main() {}' 2>/dev/null; then
      MUTANT_LINK+=" -fuse-ld=$linker" && break
    fi
  done
  printf '#include <algorithm>\n#include <nlohmann/json.hpp>\n#include <sstream>\n#include "core/decider.h"\n#include "core/status_details.h"\n' >"$MUTANT_WORK/core.h"
  "$MUTANT_CXX" $MUTANT_FLAGS -O1 -w -I"$MUTANT_WORK/agent" -x c++-header "$MUTANT_WORK/core.h" -o "$MUTANT_WORK/core.h.gch" || exit 2
  export MUTANT_WORK MUTANT_LINK
}

# A judge that does not let the right program pass catches nothing.
check_judges() {
  local kind own found='' failed=0
  for kind in $(printf '%s\n' "$@" | tr ' ' '\n' | sort -u); do
    case $kind in
      daemon | kills | syncs | faults)  # needs the object that its mutants replace
        "$MUTANT_CXX" $MUTANT_FLAGS -O1 -w -I"$MUTANT_WORK/agent" -c "$MUTANT_WORK/agent/daemon.cc" -o "$MUTANT_WORK/daemon.o" || exit 2
        own=$MUTANT_WORK/daemon.o ;;
      *) own='' ;;
    esac
    "$MUTANT_CXX" $MUTANT_FLAGS $MUTANT_LINK -Wl,--start-group $own $(objects_of "$kind") -Wl,--end-group -o "$MUTANT_WORK/$kind" || exit 2
    judge "$kind" "$MUTANT_WORK/$kind" && echo "unchanged $kind: $found" && continue
    echo "FAILED    $kind, with nothing changed: $found" && failed=1
  done
  return $failed
}

read_lists
if [[ $list ]]; then
  for at in "${!mutants[@]}"; do printf '%-42s %-25s %-8s %s\n' "${mutants[at]}" "${files[at]}" "${judges[at]}" "${rules[at]}"; done
  exit 0
fi
if [[ $check ]]; then
  MUTANT_WORK=$(mktemp -d "${TMPDIR:-/tmp}/kedge-mutants.XXXXXX")
  trap 'rm -rf "$MUTANT_WORK"' EXIT
  ln -s "$check" "$MUTANT_WORK/agent"
  outdated=0
  for at in "${!mutants[@]}"; do
    change "$at" "$MUTANT_WORK/changed" && continue
    echo "OUTDATED  ${mutants[at]}: $why"
    outdated=$((outdated + 1))
  done
  echo "${#mutants[@]} mutants, $outdated outdated"
  exit $((outdated != 0))
fi
[[ $build && -e $build/build.env ]] || { usage >&2 && exit 2; }
source "$build/build.env"
if [[ $one ]]; then
  run_one "$one"
  exit $?
fi

chosen=()
for at in "${!mutants[@]}"; do
  if ((${#names[@]} == 0 && at % every == 0)); then chosen+=("$at"); fi
  for name in "${names[@]}"; do [[ $name == "${mutants[at]}" ]] && chosen+=("$at"); done
done
((${#chosen[@]} >= ${#names[@]} && ${#chosen[@]} > 0)) || { echo 'no such mutant; --list names them' >&2 && exit 2; }
prepare
used=()
for at in "${chosen[@]}"; do used+=("${judges[at]}"); done
check_judges "${used[@]}" || exit 1
printf '%s\n' "${chosen[@]}" |
  xargs -P "$jobs" -n 1 bash "$here/run.sh" --build "$build" ${keep:+--keep} ${kind_for_all:+--judge "$kind_for_all"} --one | tee "$MUTANT_WORK/table"
bad=$(grep -cv '^caught' "$MUTANT_WORK/table")
told=$(wc -l <"$MUTANT_WORK/table")
echo "$told mutants, $((told - bad)) caught, $SECONDS s"
((bad == 0 && told == ${#chosen[@]}))
