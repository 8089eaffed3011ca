#!/usr/bin/env bash
# Every command and option that a program's --help names has its place in the program's page; an option or command that
# the page has is one of the program. Usage: help_test.sh SOURCE KEDGE KEDGED KEDGE-LINK DRYDOCK
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=help.sh
. "$(dirname "$0")/help.sh"
source=$1 kedge=$2 kedged=$3 link=$4 drydock=$5

# `Fl -json` is --json, `Fl n` is -n; several may stand on a line. `Fl -` alone is the end of options.
options_in_mdoc() { grep -v '^\.\\"' | grep -oE '\bFl -?[a-z][a-z-]*' | sed 's/^Fl /-/' | sort -u; }
# section PAGE [HEADING]: the page, or one section of it.
section() {
  if (($# == 1)); then cat "$1"; else awk -v head=".Ss $2" '/^\.S[sh]/ { here = $0 == head } here' "$1"; fi
}
# Explained: as the head of an item, not only named in the synopsis.
explained() { grep '^\.It' | options_in_mdoc; }

# compare WHAT "IN THE HELP" "EXPLAINED" "NAMED": what the help has is explained, and what is named anywhere the help has. A
# short form that the help keeps quiet about is no mistake.
compare() {
  local word
  [[ -n $2 ]] || wrong "$1: the help has no options, or this test cannot read it"
  for word in $2; do grep -qxF -- "$word" <<<"$3" || wrong "$1: $word is not explained in the page"; done
  for word in $4; do
    [[ $word == -h ]] || grep -qxF -- "$word" <<<"$2" || wrong "$1: the page has $word, which the program has not"
  done
}

# The section that has the options of a command of PROGRAM; nothing: they are spread over the page.
heading_of() {
  case ${1##*/}:$2 in
    kedge:setup) echo 'First set-up' ;;
    kedge:doctor) echo 'Looking at the device' ;;
    kedge:cancel) echo 'Calling a job off' ;;
    kedge:handler-test) echo 'Testing a handler' ;;
    drydock:*) echo "drydock $2" ;;
  esac
}

# with_commands PROGRAM PAGE: all commands, and the options of each.
with_commands() {
  local program=$1 page=$source/$2 commands command options heading all
  commands=$(commands_of "$program")
  [[ -n $commands ]] || wrong "$program has no commands, or this test cannot read its help"
  all=$(help_of "$program" | options_in)
  for command in $commands; do
    options=$(help_of "$program" "$command" | options_in)
    all+=$'\n'$options
    heading=$(heading_of "$program" "$command")
    compare "$2, $command" "$options" "$(section "$page" ${heading:+"$heading"} | explained)" ''
    grep -qE "^\.(It Cm|Ss drydock) $command( |\$)" "$page" || wrong "$2: the command $command is not explained"
    grep -qx "\.Cm $command" "$page" || wrong "$2: the synopsis lacks $command"
  done
  compare "$2" "$(sort -u <<<"$all")" "$(explained <"$page")" "$(options_in_mdoc <"$page")"
  while read -r command; do
    grep -qxF -- "$command" <<<"$commands" || wrong "$2 has the command $command, which the program has not"
  done < <(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/s/^\.Cm \([a-z-]*\)$/\1/p' "$page")
}
without_commands() {
  local page=$source/$2
  compare "$2" "$(help_of "$1" | options_in)" "$(explained <"$page")" "$(options_in_mdoc <"$page")"
}

with_commands "$kedge" agent/operator/kedge.1
with_commands "$drydock" tests/drydock/drydock.1
without_commands "$kedged" agent/kedged.8
without_commands "$link" agent/link/kedge-link.8
finish "The pages explain every command and option of --help, and no other."
