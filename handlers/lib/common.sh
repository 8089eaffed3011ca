# What the shipped handlers share; read by them as "$(dirname "$0")/common.sh". Needs a POSIX sh and coreutils.
#
# A handler sets `handler` to its name before it reads this. `state` is KEDGE_STATE_DIR afterwards, `verb` KEDGE_VERB.
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154  # variables for, and of, whoever reads this

verb=${KEDGE_VERB:-run}
state=${KEDGE_STATE_DIR:-}
guards=${KEDGE_GUARDS:-}

# fail STATUS WORDS...: ends with a reason as the last line on stderr, where the operator reads it.
fail() {
  status=$1
  shift
  printf '%s: %s\n' "$handler" "$*" >&2
  exit "$status"
}

need_state() {
  case $state in
    /*) [ -d "$state" ] && return ;;
  esac
  fail 3 "KEDGE_STATE_DIR has to be the absolute path of a folder, it is '$state'"
}

need_root() { [ "$(id -u)" -eq 0 ] || fail 1 "has to run as root, and runs as $(id -un); leave runAsUser empty or root"; }

need_program() { command -v "$1" >/dev/null || fail 1 "the program $1 is not installed"; }

need_guard() { [ -x "$guards/$1" ] || fail 1 "the guard $guards/$1 is missing"; }

# write_state NAME TEXT: durable when it returns, whole or not at all.
write_state() {
  printf '%s' "$2" >"$state/$1.new"
  sync -- "$state/$1.new"
  mv -f -- "$state/$1.new" "$state/$1"
  sync -- "$state"
}

# has_state NAME, read_state NAME
has_state() { [ -e "$state/$1" ]; }
read_state() { cat -- "$state/$1"; }

# call_guard GUARD VERB ITEM...: with a folder of its own in the state folder.
call_guard() {
  guard_name=$1
  guard_verb=$2
  shift 2
  [ -d "$state/$guard_name" ] || mkdir -- "$state/$guard_name"
  KEDGE_STATE_DIR=$state/$guard_name "$guards/$guard_name" "$guard_verb" "$@"
}

# tell KEY VALUE: a pair of the job's statusDetails, to the agent, when it listens.
tell() {
  # The descriptor's number is data, and sh takes it in a redirection only as a word of eval.
  case ${KEDGE_STATUS_FD:-} in '' | *[!0-9]*) return 0 ;; esac
  eval "printf '%s=%s\n' \"\$1\" \"\$2\" >&$KEDGE_STATUS_FD"
}

# progress PERCENT [WHAT]
progress() {
  tell progress "$1"
  [ -z "${2:-}" ] || tell step "$2"
}
