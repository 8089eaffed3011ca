# What the handlers start-, stop- and restart-services share; read by them as "$(dirname "$0")/services.sh", after
# common.sh. Needs systemctl and the guard `services`.
#
# FILES in KEDGE_STATE_DIR
#     services/     the guard's snapshot
#     started       exists from the moment on when something may have been changed
#     invocations   the units' InvocationIDs before a restart
#     no-way-back   why no snapshot was kept, where KEDGE_NO_WAY_BACK=run has it done all the same
#     were-active   the units that were active then
#     now           how the units are, and systemctl.err what systemctl said, at the last look
# shellcheck shell=sh
# shellcheck disable=SC2154  # verb, state, guards: from common.sh

# read_units ARGUMENT...: sets `units`, the names in the arguments, each with its type, separated by blanks.
read_units() {
  units=
  set -f # words, but no patterns
  # shellcheck disable=SC2048  # every argument may be a list
  for unit in $*; do
    case $unit in
      -*) fail 2 "'$unit': a service's name does not begin with '-'" ;;
      *[!A-Za-z0-9:_.@\\-]*) fail 2 "'$unit' is no service's name" ;;
      *.service | *.socket | *.timer | *.path | *.mount | *.automount | *.swap | *.target) ;;
      *) unit=$unit.service ;;
    esac
    units="$units $unit"
  done
  set +f
  units=${units# }
  [ -n "$units" ] || fail 2 "the names of services are expected"
}

# Kedge would be ended in the middle of its own job.
refuse_own_units() {
  for unit in $units; do
    case $unit in
      kedged* | kedge-* | dbus-org.kedge.Agent1.service) fail 1 "$unit is Kedge itself; the handler update-kedge restarts it safely" ;;
    esac
  done
}

# What has to be so before anything is done.
check_services() {
  read_units "$@"
  need_root
  need_program systemctl
  need_guard services
  refuse_own_units
}

# Exit status 0: the way back can be kept, or the policy does without.
check_way_back() {
  # shellcheck disable=SC2086  # words
  reason=$(KEDGE_STATE_DIR="${state:-/}" "$guards/services" check $units 2>&1 >/dev/null) && return
  reason=${reason##*services: }
  [ "${KEDGE_NO_WAY_BACK:-refuse}" = run ] || fail 1 "$reason"
  printf 'no way back: %s\n' "$reason"
}

# Keeps the units as they are and sets the mark. Until the mark stands nothing was changed.
keep_services() {
  ! has_state started || return 0
  # shellcheck disable=SC2086
  if ! reason=$(call_guard services snapshot $units 2>&1 >/dev/null); then
    reason=${reason##*services: }
    [ "${KEDGE_NO_WAY_BACK:-refuse}" = run ] || fail 1 "cannot keep the services as they are: $reason; nothing was changed"
    write_state were-active "$(active_units)"
    write_state no-way-back "$reason"
    tell no-way-back "$reason"
  fi
  write_state invocations "$(invocations)"
  write_state started ''
}

active_units() {
  for unit in $units; do
    if systemctl --quiet is-active -- "$unit"; then printf '%s ' "$unit"; fi
  done
}

# A line for each unit, its name and which start of it this is.
invocations() {
  for unit in $units; do
    printf '%s %s\n' "$unit" "$(systemctl show --property=InvocationID --value -- "$unit")"
  done
}

# ask VERB: does it for all units in one call. Fails with systemctl's reason and the journal's last words.
ask() {
  # shellcheck disable=SC2086
  systemctl --no-ask-password "$1" -- $units 2>"$state/systemctl.err" || {
    status=$?
    cat -- "$state/systemctl.err" >&2
    show_journals
    fail 1 "cannot $1: $(head -n 1 -- "$state/systemctl.err" | tr -d '\r') (systemctl $1, exit status $status)"
  }
  cat -- "$state/systemctl.err" >&2
}

# last_words UNIT NUMBER: so many lines of what it, and systemd of it, has written last.
last_words() {
  command -v journalctl >/dev/null || return 0
  journalctl --sync 2>/dev/null || :
  journalctl --no-pager --quiet --boot --lines="$2" --output=cat --unit="$1" 2>/dev/null || :
}

# The last words of the units that do not run.
show_journals() {
  for unit in $units; do
    systemctl --quiet is-active -- "$unit" 2>/dev/null || last_words "$unit" 5 | sed "s/^/$unit: /" >&2
  done
}

# differences up|down: a line for each unit that is not so, once none is on its way any more. A service of the type
# oneshot has come to its end when it is up no longer and has succeeded.
differences() {
  # shellcheck disable=SC2086
  "$guards/services" state $units >"$state/now" || fail 3 "cannot tell how the services are"
  while read -r unit load active sub result type; do
    case $1-$active-$type-$result in
      up-active-*) continue ;;
      up-inactive-oneshot-success) continue ;;
      down-inactive-* | down-failed-*) continue ;;
    esac
    case $1-$active-$load-$result in
      *-not-found-*) why=": it is not found" ;;
      *-masked-*) why=": it is masked" ;;
      # Skipped, as when its conditions are not met: systemd says so nowhere else.
      up-inactive-*-success) why=": $(last_words "$unit" 1)" ;;
      *-success | *--) why= ;;
      *) why=": $result" ;;
    esac
    printf '%s: ActiveState is %s (%s), was to be %s%s\n' "$unit" "$active" "$sub" \
      "$(if [ "$1" = up ]; then echo active; else echo inactive; fi)" "$why"
  done <"$state/now"
}

# expect up|down: fails with the differences, if there are some.
expect() {
  found=$(differences "$1")
  [ -n "$found" ] || return 0
  printf '%s\n' "$found" >&2
  show_journals
  fail 1 "$(printf '%s' "$found" | head -n 1)"
}

# A line for each unit that is the same start as before.
not_restarted() {
  invocations | grep -F -x -f "$state/invocations" | while read -r unit invocation; do
    [ -z "$invocation" ] || printf '%s: InvocationID is %s, was the same: it was not restarted\n' "$unit" "$invocation"
  done
}

# verify_done up|down VERB
verify_done() {
  has_state started || fail 3 "cannot tell: nothing was started"
  found=$(differences "$1")
  if [ -z "$found" ] && [ "$2" = restart ]; then found=$(not_restarted); fi
  [ -n "$found" ] || exit 0
  printf '%s\n' "$found"
  exit 1
}

# Without an exact way back: what can be done, and `verify` says that nobody can tell.
roll_back_roughly() {
  were_active=" $(read_state were-active)"
  for unit in $units; do
    case $were_active in
      *" $unit "*) action=start ;;
      *) action=stop ;;
    esac
    systemctl --no-ask-password "$action" -- "$unit" || :
  done
}

rollback_services() {
  has_state started || return 0
  if has_state no-way-back; then
    roll_back_roughly
    return
  fi
  # shellcheck disable=SC2086
  call_guard services restore $units
}

verify_undone() {
  has_state started || exit 0
  ! has_state no-way-back || fail 3 "cannot tell: $(read_state no-way-back)"
  # shellcheck disable=SC2086
  call_guard services verify $units
}

# services_main up|down VERB ARGUMENT...: what the three do. VERB is systemctl's.
services_main() {
  goal=$1
  action=$2
  shift 2
  case $verb in
    check)
      check_services "$@"
      check_way_back
      ;;
    run)
      check_services "$@"
      need_state
      keep_services
      tell step "$action $units"
      ask "$action"
      tell step "waiting until they are $goal"
      expect "$goal"
      printf '%s: done for %s\n' "$action" "$units"
      ;;
    rollback)
      read_units "$@"
      need_state
      rollback_services
      ;;
    verify)
      read_units "$@"
      need_state
      case ${KEDGE_EXPECT:-} in
        done) verify_done "$goal" "$action" ;;
        undone) verify_undone ;;
        *) fail 3 "KEDGE_EXPECT has to be done or undone" ;;
      esac
      ;;
    *) fail 2 "unknown verb '$verb'" ;;
  esac
}
