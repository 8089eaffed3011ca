# What the handlers of packages share; read after common.sh. Needs apt 2.1.5 or newer (Debian 11) and dpkg.
#
# Packages are named NAME, NAME:ARCH or NAME=VERSION, in one argument ("tree jq", as AWS's templates have it) or in
# several. `words` is all of them afterwards, checked: no word can be an option, a pattern or more than one word.
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154  # variables for, and of, whoever reads this
# shellcheck disable=SC2048,SC2086  # $words and $options are split on purpose; read_words has checked that it is safe

export LC_ALL=C # what apt says is read
# Nobody is there to be asked.
export DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true UCF_FORCE_CONFFOLD=1
export APT_LISTCHANGES_FRONTEND=none NEEDRESTART_SUSPEND=1
readonly try_later=75
options=

check_word() {
  package=${1%%=*}
  name=${package%%:*}
  # Debian Policy 5.6.7 and 5.6.12
  case $name in
    '' | ? | [!a-z0-9]* | *[!a-z0-9+.-]*) return 1 ;;
  esac
  case $package in
    *:) return 1 ;;
    *:*)
      case ${package#*:} in
        [!a-z0-9]* | *[!a-z0-9-]*) return 1 ;;
      esac
      ;;
  esac
  case $1 in
    *=*)
      case ${1#*=} in
        '' | -* | *[!A-Za-z0-9.+:~-]*) return 1 ;;
      esac
      ;;
  esac
}

# read_words ARGUMENT...: sets words, and options to what a VERSION needs.
read_words() {
  words=
  set -f # what looks like a pattern of files is none
  for word in $*; do
    check_word "$word" || fail 2 "'$word' is not the name of a package (NAME, NAME:ARCH or NAME=VERSION)"
    words="$words $word"
    case $word in *=*) options=--allow-downgrades ;; esac
  done
  set +f
  [ -n "$words" ] || fail 2 "no package is named"
}

# state_of PACKAGE: "installed 1.0", "config-files 1.0", or nothing.
state_of() {
  dpkg-query --show --showformat='${db:Status-Status} ${Version}\n' -- "$1" 2>/dev/null | sort -u | tail -n 1
}

# is_installed WORD
is_installed() {
  found=$(state_of "${1%%=*}")
  case $1 in
    *=*) [ "$found" = "installed ${1#*=}" ] ;;
    *) [ "${found%% *}" = installed ] ;;
  esac
}

# is_known WORD: apt's lists or dpkg have exactly this name. What apt does not know it takes for a pattern, or for a
# name with a command behind it ("x-": remove x), so it must not get there.
is_known() {
  known=${1%%[:=]*}
  # Read to its end: a reader that goes away first makes apt-cache fail.
  apt-cache --all-names pkgnames -- "$known" | grep -Fx -- "$known" >/dev/null
}

all_known() {
  for word in $words; do
    is_known "$word" || { unknown=$word && return 1; }
  done
}

# The last thing apt had to say, without its "E: ".
reason_of() { sed -n 's/^E: //p' "$1" | tail -n 1; }

# Whether apt failed for a reason that may be gone later: no network, somebody else's lock.
is_temporary() {
  grep -E -q -e 'Could not get lock' -e 'Unable to (acquire|lock)' -e 'Temporary failure' -e 'Could not (resolve|connect)' \
    -e 'Something wicked happened resolving' -e 'Cannot initiate the connection' -e 'Network is unreachable' \
    -e 'Connection (timed out|refused|failed|reset)' -e 'Unable to connect' -e ' 5[0-9][0-9]  ' -e 'timed out' "$1"
}

# apt WORDS...: apt-get without anybody there; what it complains of is shown and stays in the file apt.err.
apt() {
  apt_status=0
  apt-get --quiet --yes -o DPkg::Lock::Timeout=120 -o Dpkg::Progress-Fancy=0 -o Dpkg::Use-Pty=0 -o Acquire::Retries=2 \
    -o DPkg::Options::=--force-confdef -o DPkg::Options::=--force-confold "$@" 2>"$state/apt.err" || apt_status=$?
  cat -- "$state/apt.err" >&2
  return "$apt_status"
}

# Ends the run: as a failure, or to be tried again where that may help.
give_up() {
  reason=$(reason_of "$state/apt.err")
  if is_temporary "$state/apt.err"; then
    fail "$try_later" "$1: ${reason:-apt-get failed}; later may work"
  fi
  # apt says only that dpkg has failed; dpkg says why, for a package.
  ! has_state pmerror || reason=$(read_state pmerror)
  fail 1 "$1: ${reason:-apt-get failed with exit status $apt_status}"
}

update_lists() {
  printf 'apt-get update, for %s\n' "$1"
  progress 1 "reading package lists"
  # Without the option a source that does not answer is but a warning.
  apt update -o APT::Update::Error-Mode=any || give_up "cannot read the lists of packages"
}

# What of the simulation goes away.
removals() { printf '%s\n' "$simulation" | sed -n 's/^\(Remv\|Purg\) \([^ ]*\).*/\2/p'; }
count_changes() { printf '%s\n' "$simulation" | grep -c '^\(Inst\|Remv\|Purg\) ' || :; }
has_changes() { printf '%s\n' "$simulation" | grep -q '^\(Inst\|Remv\|Purg\|Conf\) '; }

# programs_and_libraries PROGRAM...: the files that they are and are linked with. dpkg knows a file by the name it came
# with, be /lib a link or not.
programs_and_libraries() {
  for program in "$@"; do
    readlink -f -- "$program" || continue
    ldd -- "$program" 2>/dev/null | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' || :
  done | sed 's/^\/usr\(\/lib.*\)/&\n\1/; s/^\/lib.*/&\n\/usr&/' | sort -u
}

# Packages without which there would be no Kedge to undo anything: its own, the libraries of what is running, and what
# it undoes packages with.
own_packages() {
  printf 'apt\ndpkg\ntar\ncoreutils\ndash\n'
  programs_and_libraries "$guards/packages" "$guards/files" "/proc/$PPID/exe" |
    xargs -d '\n' dpkg-query --search -- 2>/dev/null | sed 's/: .*//; s/, /\n/g' || :
}

# Refuses what would remove Kedge, or what the system cannot be without.
refuse_removals() {
  going=$(removals)
  [ -n "$going" ] || return 0
  own=$(own_packages | sed 's/:.*//' | sort -u)
  for package in $going; do
    ! printf '%s\n' "$own" | grep -Fqx -- "${package%%:*}" ||
      fail 1 "refused: $package would be removed, and Kedge needs it to run or to undo"
    essential=$(dpkg-query --show --showformat='${Essential} ${Protected}' -- "$package" 2>/dev/null) || essential=
    case $essential in
      *yes*) fail 1 "refused: $package would be removed, and it is essential for this system" ;;
    esac
  done
}

# check_way_back INTENT: for check.
check_way_back() {
  guard_status=0
  said=$(KEDGE_PACKAGES_INTENT=$1 "$guards/packages" check $words 2>&1) || guard_status=$?
  reason=$(printf '%s\n' "$said" | tail -n 1)
  case $guard_status in
    0) ;;
    1)
      [ "${KEDGE_NO_WAY_BACK:-refuse}" = run ] || fail 1 "${reason#packages: }"
      printf '%s\n' "$reason"
      ;;
    *) fail "$guard_status" "${reason#packages: }" ;;
  esac
}

# keep INTENT: everything that the words may change. Nothing has been changed when this fails.
keep() {
  guard_status=0
  kept=$(KEDGE_PACKAGES_INTENT=$1 call_guard packages snapshot $words) || guard_status=$?
  [ "$guard_status" -eq 0 ] || exit "$guard_status" # the guard has said why
  printf '%s\n' "$kept"
  why=$(printf '%s\n' "$kept" | sed -n 's/^no exact way back: //p' | head -n 1)
  [ -z "$why" ] || tell no-way-back "$why"
}

# Reads apt's status lines and reports them; "pmstatus:PACKAGE:PERCENT:TEXT", PACKAGE may hold an architecture, and
# "dlstatus:NUMBER:PERCENT:Retrieving file 1 of 3".
report_progress() {
  seen=' '
  while IFS=: read -r kind package percent text; do
    [ "$kind" != end ] || return 0
    case $percent in
      '' | *[!0-9.]*)
        percent=${text%%:*}
        text=${text#*:}
        ;;
    esac
    case ${percent%%.*} in '' | *[!0-9]*) continue ;; esac
    case $kind in
      pmerror) printf '%s: %s' "$package" "$text" >"$state/pmerror" ;;
      dlstatus) [ "$phase" = install ] || progress "$((${percent%%.*} * 3 / 10))" "fetching packages: ${text#Retrieving }" ;;
      pmstatus)
        [ "$package" != dpkg-exec ] || continue # not a package: dpkg was started
        case $seen in *" $package "*) ;; *) seen="$seen$package " ;; esac
        # It keeps its number from unpacking to configuring, which begins anew with the first.
        set -- ${seen%%" $package "*}
        number=$(($# + 1))
        [ "$number" -le "$total" ] || number=$total
        progress "$((30 + ${percent%%.*} * 7 / 10))" "package $number of $total: $text"
        ;;
    esac
  done
}

# apt_with_progress fetch|install WORDS...: as apt.
apt_with_progress() {
  phase=$1
  shift
  pipe=$state/progress
  rm -f -- "$pipe" "$state/pmerror"
  mkfifo -m 0600 -- "$pipe"
  report_progress <"$pipe" &
  reporter=$!
  apt_status=0
  apt -o APT::Status-Fd=4 "$@" 4>"$pipe" || apt_status=$?
  # Not by the end of the pipe: a service that a package has started may have inherited it.
  printf 'end\n' 1<>"$pipe"
  wait "$reporter" || :
  rm -f -- "$pipe"
  return "$apt_status"
}

# The way back, for all handlers that change packages.
rollback_packages() {
  has_state packages/record || return 0 # nothing was changed before it was complete
  call_guard packages restore $words
}

verify_undone() {
  has_state packages/record || return 0
  call_guard packages verify $words
}
