# Reads what a program's --help says. Sourced by the tests of this folder.
# shellcheck shell=bash

failures=0
wrong() {
  echo "$*" >&2
  failures=$((failures + 1))
}
# End with `finish TEXT`: a test that has found something fails.
finish() {
  if ((failures > 0)); then
    echo "$failures found" >&2
    exit 1
  fi
  echo "$*"
}

# help_of PROGRAM [COMMAND]: without what has other programs' options: the examples, what stands in backquotes, and the
# aws command.
help_of() {
  # shellcheck disable=SC2016  # the quotes of the help
  "$@" --help | sed -e '/^[Ee]xamples\?:/,$d' -e 's/`[^`]*`//g' -e 's/ aws iot .*//'
}
# The options in a help, one a line. Options are told from hyphens in words by what stands before them.
options_in() {
  grep -oE "(^|[^A-Za-z0-9_-])--?[a-z][a-z-]*" | grep -oE -- '--?[a-z][a-z-]*$' | sort -u
}
# commands_of PROGRAM: the first word of each line that is indented by two, until the options begin.
commands_of() {
  help_of "$1" | sed -n '/^Options:/q; s/^  \([a-z][a-z-]*\)\( .*\|$\)/\1/p' | sort -u
}
