#!/usr/bin/env bash
# What zsh offers at TAB: what --help says, with what it is for; the jobs of the device, files.
# Usage: completion_zsh_test.sh SOURCE KEDGE PAGE-SAMPLE
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=help.sh
. "$(dirname "$0")/help.sh"
source=$1 kedge=$2 sample=$3
if ! command -v zsh >/dev/null; then
  echo "skipped: no zsh"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The real help, and an agent with three jobs in its history, of which only root hears ($DENIED).
mkdir "$folder/bin"
cat >"$folder/bin/kedge" <<SCRIPT
#!/bin/sh
case " \$* " in *" --help "*) exec "$kedge" "\$@" ;; esac
[ "\$1" = --config ] && shift 2
case \$1 in
  history) [ -z "\${DENIED:-}" ] || exit 1; "$sample" history ;;
  status) "$sample" status ;;
esac
SCRIPT
chmod +x "$folder/bin/kedge"

# offered WORD...: for the last word, sorted. The parts of zsh that would show it to somebody only tell what they are given.
offered() {
  # shellcheck disable=SC2016  # for that zsh
  PATH=$folder/bin:$PATH zsh -fc '
    file=$1; shift
    words=("$@") CURRENT=$#
    compadd() { for each; do [[ $each == -- || -z $each ]] || print -r -- $each; done; return 0 }
    _describe() { local each; for each in ${(P)@[-1]}; do print -r -- ${each%%:*}; [[ $each != setup:* || $each == *connect* ]] || print -r -- "$each: no explanation"; done }
    _files() { print -r "(files $*)" }
    _users() { print "(users)" }
    _message() { : }
    source $file' zsh "$source/agent/operator/completion/_kedge" "$@" | sed -n "/^${*: -1}\|^(/p" | sort
}
expect() {
  local expected found
  expected=$(sort <<<"$1")
  shift
  found=$(offered "$@")
  [[ $found == "$expected" ]] || wrong "'$*' offers '${found//$'\n'/ }', not '${expected//$'\n'/ }'"
}
words() { printf '%s\n' "$@"; }

commands=$(commands_of "$kedge")
expect "$commands" kedge ''
expect "$(words cancel check clear config)" kedge c
for command in $commands; do expect "$(help_of "$kedge" "$command" | options_in | grep '^--')" kedge "$command" --; done
expect "$(words firmware-42 firmware-41 set_colour)" kedge show ''
expect "$(words firmware-42 firmware-41)" kedge cancel --reason 'wrong one' firm
DENIED=yes expect firmware-42 kedge logs ''
expect "$(words firmware-42 firmware-41 set_colour)" kedge --config /other.yaml show ''
expect '' kedge show firmware-42 ''
expect "$(words recovered idle)" kedge wait ''
expect --retry kedge rollback ''
expect '(files )' kedge check ''
expect '(files )' kedge status --config ''
expect '(files -/)' kedge handler-test . --guards ''
expect '(files )' kedge handler-test . -- ''
expect FAILED kedge history --status F
expect "$(words safe unknown unsafe)" kedge history --verdict ''
expect '' kedge history --limit ''
expect '' kedge history -n ''
finish "zsh offers the commands, options, jobs and files that there are."
