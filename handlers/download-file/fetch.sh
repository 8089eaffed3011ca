# How download-file fetches: attempts, resuming, limits, progress. Read by `run`; works in the current folder, which is
# private to this download.
#
#     file       what has come so far; complete when `fetch` returns
#     origin     URL without query, and boot, that `file` belongs to
#     validator  the ETag or date that `file` belongs to; without it there is no going on
#     head       the last answer's head;  code  its status;  error  what curl said
#
# `url`, `size` and `target` are the caller's; `resumed` is for the caller.
# shellcheck shell=sh
# shellcheck disable=SC2154,SC2034

# What is left free on the file system for everybody else, in bytes.
reserve=1048576
# Gain in bytes that makes an attempt count as none: a bad line must not end a long download that gets on.
worth=1048576
carriage_return=$(printf '\r')

# The URL without user, query and fragment.
shown_url() {
  rest=${1#*://}
  rest=${rest%%[?#]*}
  authority=${rest%%/*}
  printf '%s' "${1%%://*}://${authority##*@}${rest#"$authority"}"
}

bytes_so_far() { stat -c %s -- file 2>/dev/null || echo 0; }

# amount BYTES: "999 B", "1.2 MB"
amount() {
  if [ "$1" -lt 1000 ]; then
    echo "$1 B"
  elif [ "$1" -lt 1000000 ]; then
    echo "$(($1 / 1000)) kB"
  elif [ "$1" -lt 1000000000 ]; then
    echo "$(($1 / 1000000)).$(($1 / 100000 % 10)) MB"
  else
    echo "$(($1 / 1000000000)).$(($1 / 100000000 % 10)) GB"
  fi
}

# Reads the head of the last answer; those before it are redirects.
read_head() {
  head_etag='' head_modified='' head_date='' head_length='' head_retry=''
  [ -e head ] || return 0
  while IFS= read -r line || [ -n "$line" ]; do
    line=${line%"$carriage_return"}
    value=${line#*:}
    value=${value#"${value%%[! ]*}"}
    case $line in
      HTTP/*) head_etag='' head_modified='' head_date='' head_length='' head_retry='' ;;
      [Ee][Tt][Aa][Gg]:*) head_etag=$value ;;
      [Ll][Aa][Ss][Tt]-[Mm][Oo][Dd][Ii][Ff][Ii][Ee][Dd]:*) head_modified=$value ;;
      [Dd][Aa][Tt][Ee]:*) head_date=$value ;;
      [Cc][Oo][Nn][Tt][Ee][Nn][Tt]-[Ll][Ee][Nn][Gg][Tt][Hh]:*) head_length=$value ;;
      [Rr][Ee][Tt][Rr][Yy]-[Aa][Ff][Tt][Ee][Rr]:*) head_retry=$value ;;
    esac
  done <./head
  # Numbers only, of a length that sh can count with, and none that it takes for octal.
  case $head_length in *[!0-9]* | ????????????????* | 0?*) head_length='' ;; esac
  case $head_retry in *[!0-9]* | ?????* | 0?*) head_retry='' ;; esac
}

# What If-Range may name: a strong ETag, or a date that cannot belong to two contents (RFC 9110, 8.8.2.2).
strong_validator() {
  case $head_etag in
    *[[:cntrl:]]*) ;;
    \"*\")
      printf '%s' "$head_etag"
      return
      ;;
    ?*) return ;; # a weak one; and where there is an ETag, the date is not to be used
  esac
  case $head_modified in '' | *[[:cntrl:]]*) return ;; esac
  modified=$(date -u -d "$head_modified" +%s 2>/dev/null) || return 0
  answered=$(date -u -d "$head_date" +%s 2>/dev/null) || return 0
  [ "$((answered - modified))" -lt 60 ] || printf '%s' "$head_modified"
}

# Whether `file` is a beginning of this URL's content. After a power cut nobody knows what is in its blocks.
has_beginning() { [ -s file ] && [ -s validator ] && [ "$(cat origin 2>/dev/null)" = "$origin" ]; }

forget_beginning() { rm -f -- file validator origin; }

# report_progress BYTES BYTES_A_SECOND
report_progress() {
  read_head
  total=$size
  [ -n "$total" ] || [ -z "$head_length" ] || total=$((offset + head_length))
  if [ -n "$total" ] && [ "$total" -gt 0 ] && [ "$1" -le "$total" ]; then
    percent=$(($1 * 100 / total))
    [ "$percent" -lt 100 ] || percent=99 # the file is not in its place yet
    progress "$percent" "$(amount "$1") of $(amount "$total"), $(amount "$2")/s"
  else
    tell step "$(amount "$1"), $(amount "$2")/s"
  fi
}

# Once a second while curl runs. Each process of ours is waited for: none is left behind.
watch_progress() {
  before=$offset rate=
  while kill -0 "$curl_pid" 2>/dev/null; do
    # Ends with curl, else after a second. (A sleep in the background would have to be killed in time.)
    timeout 1 tail --pid="$curl_pid" --sleep-interval=0.05 --follow /dev/null || :
    kill -0 "$curl_pid" 2>/dev/null || break
    now=$(bytes_so_far)
    gained=$((now - before))
    rate=$(((${rate:-$gained} * 2 + gained) / 3))
    before=$now
    report_progress "$now" "$rate"
  done
}

# call_curl MOST [OPTION...]: MOST bytes `file` may have in the end. Sets curl_status.
call_curl() {
  # Which curl compares with the announced length only; the system's limit holds for what is really sent. The head
  # needs some room, too.
  blocks=$((($1 + 511) / 512))
  [ "$blocks" -ge 2048 ] || blocks=2048
  rest_size=$(($1 - offset))
  shift
  case $url in
    https://*) redirects='=https' ;;
    *) redirects='=https,http' ;;
  esac
  rm -f -- head code
  (
    # shellcheck disable=SC3045  # where sh has no such limit, there is none
    ulimit -c 0 2>/dev/null || :
    ulimit -f "$blocks" 2>/dev/null || :
    exec curl --disable --silent --show-error --fail --location --max-redirs 5 --globoff \
      --proto '=https,http,file' --proto-redir "$redirects" --connect-timeout 30 --speed-limit 1 --speed-time 30 \
      --max-filesize "$rest_size" --dump-header head --output file --write-out '%{http_code}' "$@" --url "$url" \
      >code 2>error
  ) &
  curl_pid=$!
  watch_progress
  curl_status=0
  wait "$curl_pid" || curl_status=$?
}

curl_words() {
  words=$(sed -n 's/^curl: ([0-9]*) //p' error | head -n 1)
  secret=${url#*\?}
  case $words in
    '') words='curl failed' ;;
    *"$secret"*) [ "$secret" = "$url" ] || words='curl failed' ;;
  esac
  printf '%s (curl exit status %s)' "$words" "$curl_status"
}

# The status of an answer that is no content.
judge_status() {
  why="HTTP status $http_status"
  outcome=never
  case $http_status in
    408 | 425 | 429 | 5??) outcome=later ;;
    403) outcome=expired ;;
    400 | 401) case $url in *\?*) outcome=expired ;; esac ;; # how S3 tells of temporary credentials that have ended
  esac
}

# Sets outcome (done, later, expired, anew, never) and why.
judge() {
  http_status=$(cat code 2>/dev/null)
  read_head
  case $curl_status in
    0)
      outcome='done' why=''
      case $url-$offset-$http_status in
        file:* | *-0-200 | *-0-203) ;;
        *-0-416) judge_status ;;
        *-416) outcome=anew ;; # curl takes it for the end of the file
        *-0-*) judge_status ;;
        *-206) [ -z "$head_etag" ] || [ "$head_etag" = "$(cat validator)" ] || outcome=anew ;;
        *) outcome=anew ;;
      esac
      ;;
    22) judge_status ;;
    33 | 36) outcome=anew ;; # no ranges here, or the content has changed
    63 | 153)
      outcome=never
      if [ -n "$size" ]; then why="it is longer than the $size bytes expected"
      else why="there is no room for it, with $(amount "$((most > 0 ? most : 0))") to be had at $target"; fi
      ;;
    23)
      outcome=never why="cannot write it at $target: $(curl_words)"
      [ "$(room)" -ge "$reserve" ] || why="the disk is full at $target"
      ;;
    1) outcome=never why="it leads to a protocol that is refused: $(curl_words)" ;;
    5 | 6 | 7 | 16 | 18 | 28 | 35 | 52 | 55 | 56 | 92 | 95 | 96) outcome=later why=$(curl_words) ;;
    *) outcome=never why=$(curl_words) ;;
  esac
}

# Bytes that may still be written here; very many where the file system does not tell.
room() {
  available=$(df -B1 --output=avail -- . | tail -n 1 | tr -cd 0-9)
  echo "${available:-1000000000000000}"
}

attempt() {
  origin="$(shown_url "$url") $(cat /proc/sys/kernel/random/boot_id)"
  has_beginning || forget_beginning
  offset=$(bytes_so_far)
  if [ -n "$size" ] && [ "$offset" -gt "$size" ]; then
    forget_beginning
    offset=0
  fi
  most=$((offset + $(room) - reserve))
  if [ -n "$size" ]; then
    if [ "$size" -gt "$most" ]; then
      outcome=never why="it has $size bytes, and there is room for $((most > 0 ? most : 0)) at $target"
      return 0
    fi
    most=$size
  elif [ "$most" -le "$offset" ]; then
    outcome=never why="the disk is full at $target"
    return 0
  fi
  if [ "$offset" -gt 0 ] && [ "$offset" = "$size" ]; then
    outcome='done' # nothing but the end was missing
    return 0
  fi
  if [ "$offset" -gt 0 ]; then
    resumed=yes
    call_curl "$most" --continue-at "$offset" --header "If-Range: $(cat validator)"
  else
    call_curl "$most"
  fi
  judge
  # A validator stands for what is in `file`: it is written with its first bytes and then stays.
  if [ "$outcome" = later ] && [ "$offset" -eq 0 ] && [ -s file ]; then
    strong_validator >validator
    printf '%s' "$origin" >origin
  fi
}

# Tells the agent to try later with a fresh document, once; then it is a failure.
give_up_expired() {
  why="$why (a presigned URL may have expired)"
  ! has_state expired || fail 1 "cannot fetch $(shown_url "$url"): $why, again"
  write_state expired ''
  fail 75 "cannot fetch $(shown_url "$url"): $why; a fresh one is needed"
}

# Fetches `url` whole, or ends with 1 or 75 and the reason.
fetch() {
  pause=2 furthest=$(bytes_so_far) resumed=
  while :; do
    attempt
    case $outcome in
      done) break ;;
      anew) # at most once in a row, for without a beginning it is no answer
        forget_beginning
        continue
        ;;
      never) fail 1 "cannot fetch $(shown_url "$url"): $why" ;;
      expired) give_up_expired ;;
    esac
    came=$(bytes_so_far)
    if [ "$((came - furthest))" -ge "$worth" ]; then
      furthest=$came
      pause=2
    fi
    [ "$pause" -le 16 ] || fail 75 "cannot fetch $(shown_url "$url"): $why; tried 5 times"
    wait_for=$pause
    [ "${head_retry:-0}" -le "$wait_for" ] || wait_for=$((head_retry < 60 ? head_retry : 60))
    tell step "waiting $wait_for s after: $why"
    sleep "$wait_for"
    pause=$((pause * 2))
  done
  [ -e file ] || : >file # curl makes no file when the content is empty
}
