#!/usr/bin/env bash
# What bash offers at TAB: every command and option that --help names and no other, the jobs of the device, files.
# Usage: completion_test.sh SOURCE KEDGE KEDGED KEDGE-LINK DRYDOCK PAGE-SAMPLE
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=help.sh
. "$(dirname "$0")/help.sh"
source=$1 kedge=$2 kedged=$3 link=$4 drydock=$5 sample=$6
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# An agent with three jobs in its history, of which only root hears ($DENIED), and one of them running.
mkdir "$folder/bin" "$folder/empty"
cat >"$folder/bin/kedge" <<SCRIPT
#!/bin/sh
echo "\$*" >>"$folder/asked"
[ "\$1" = --config ] && shift 2
case \$1 in
  history) [ -z "\${DENIED:-}" ] || exit 1; "$sample" history ;;
  status) "$sample" status ;;
esac
SCRIPT
chmod +x "$folder/bin/kedge"
touch "$folder/one file.yaml" "$folder/other.yaml"

# offered FILE WORD...: what a new bash that has read the completion FILE offers for the last WORD, sorted.
offered() {
  # shellcheck disable=SC2016  # for that bash
  (cd "$folder" && PATH=$folder/bin:$PATH bash --norc --noprofile -uc '
    . "$1" || exit
    shift
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE} COMPREPLY=()
    [[ $(complete -p "${1##*/}") =~ -F\ ([^ ]+) ]] || exit
    "${BASH_REMATCH[1]}" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    [[ ${#COMPREPLY[@]} == 0 ]] || printf "%s\n" "${COMPREPLY[@]}"' bash "$@" | sort)
}
# expect "LINES" FILE WORD...
expect() {
  local expected found
  expected=$(sort <<<"$1")
  shift
  found=$(offered "$@")
  [[ $found == "$expected" ]] || wrong "'${*:2}' offers '${found//$'\n'/ }', not '${expected//$'\n'/ }'"
}
words() { printf '%s\n' "$@"; }

kedge_file=$source/agent/operator/completion/kedge.bash
daemons_file=$source/agent/operator/completion/daemons.bash
drydock_file=$source/tests/drydock/completion/drydock.bash

# expect_help FILE PROGRAM NAME: all commands, and the long options of each.
expect_help() {
  local commands command
  commands=$(commands_of "$2")
  [[ -z $commands ]] || expect "$commands" "$1" "$3" ''
  # Not those that stand beside the commands: `rollback --retry`.
  expect "$(help_of "$2" | sed '/^Commands:/,/^$/d' | options_in | grep '^--')" "$1" "$3" -
  for command in $commands; do
    expect "$(help_of "$2" "$command" | options_in | grep '^--')" "$1" "$3" "$command" -
  done
}
expect_help "$kedge_file" "$kedge" kedge
expect_help "$daemons_file" "$kedged" kedged
expect_help "$daemons_file" "$link" kedge-link
expect_help "$drydock_file" "$drydock" drydock

# Jobs.
jobs=$(words firmware-42 firmware-41 set_colour)
expect "$jobs" "$kedge_file" kedge show ''
expect "$(words firmware-42 firmware-41)" "$kedge_file" kedge cancel --force firm
expect "$jobs" "$kedge_file" kedge --json show ''
expect '' "$kedge_file" kedge show firmware-42 ''
DENIED=yes expect firmware-42 "$kedge_file" kedge cancel ''
expect "$jobs" "$kedge_file" kedge --config other.yaml show ''
grep -qx -- '--config other.yaml history --json --limit 50' "$folder/asked" || wrong "the jobs of another configuration are not asked for"
expect "$jobs" "$kedge_file" kedge cancel --reason 'wrong one' ''
expect "$(words firmware-42 firmware-41)" "$kedge_file" kedge cancel --job-id firm
expect "$(words CANCELED CANCELING)" "$kedge_file" kedge cancel firmware-42 --wait-for-state C
expect "$jobs" "$kedge_file" kedge cancel --wait-for-state CANCELED ''
expect "$(words false true)" "$kedge_file" kedge cancel --is-forced ''
expect other.yaml "$kedge_file" kedge cancel --cli-input-yaml oth

# What stands behind a command or an option.
files=$(words 'one file.yaml' other.yaml)
expect "$(words recovered idle)" "$kedge_file" kedge wait ''
expect --retry "$kedge_file" kedge rollback ''
expect "$(words cancel check clear config)" "$kedge_file" kedge c
expect "$jobs" "$kedge_file" kedge logs -f ''
expect "$(words safe unknown unsafe)" "$kedge_file" kedge history --verdict ''
expect FAILED "$kedge_file" kedge history --status F
expect "$files" "$kedge_file" kedge --config o
expect "$files" "$kedge_file" kedge status --config = o
expect other.yaml "$kedge_file" kedge import-config oth
expect '' "$kedge_file" kedge history --limit ''
expect other.yaml "$kedge_file" kedge setup --cert oth
expect '' "$kedge_file" kedge setup --thing ''
expect empty "$kedge_file" kedge handler-test . --guards em
# The checks are those that the help lists.
expect "$("$kedge" doctor --help | sed -n '/^  --only ID/,/--offline/{s/.* of: //;/--offline/d;p}' | tr -s ', ' '\n' | grep .)" \
  "$kedge_file" kedge doctor --only ''
expect other.yaml "$kedge_file" kedge handler-test . -- oth
expect "$files" "$daemons_file" kedged --config o
expect "$(words off verify)" "$drydock_file" drydock serve --oci-auth ''
expect "$(words bin empty)" "$drydock_file" drydock broker ''
expect "$(words now start)" "$drydock_file" drydock watch --since ''
expect '' "$drydock_file" drydock serve --broker ''
# The other readings are those that the help lists.
expect "$("$drydock" serve --help | sed -n '/--reading NAME/,/--oci-auth/p' | grep -oE '[a-z]+-[a-z-]+' | grep -v oci-auth)" \
  "$drydock_file" drydock serve --reading ''
finish "bash offers the commands, options, jobs and files that there are."
