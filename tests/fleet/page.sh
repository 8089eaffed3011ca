#!/usr/bin/env bash
# Runs the commands of FLEET.md, all blocks from top to bottom as one script, against drydock.
# Usage: page.sh CONFIG URL STAGE    CONFIG: the folder with FLEET.md; STAGE: an empty one, with things.txt
set -euo pipefail
config=$1 url=$2 stage=$3
here=$(cd "$(dirname "$0")" && pwd)

export AWS_DEFAULT_REGION=us-east-1 HOME=$stage AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=y AWS_PAGER='' AWS_MAX_ATTEMPTS=1 AWS_EC2_METADATA_DISABLED=true
export AWS_RETRY_MODE=standard PYTHONDONTWRITEBYTECODE=1
mkfifo "$stage/ask" "$stage/answer"
cd "$config"
setpriv --pdeathsig KILL /usr/bin/python3 "$here/aws_commands.py" "$stage" "$url" &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT

# One at a time: in a pipe, the next begins while the one before still prints.
Real() {
  (
    flock 9
    printf '%s\0' "$@" >"$stage/words"
    echo run >"$stage/ask"
    read -r status <"$stage/answer"
    cat "$stage/err" >&2
    cat "$stage/out"
    exit "$status"
  ) 9>"$stage/lock"
}

# What the world does meanwhile: two devices take each job up; and drydock has no index, so a group that is filled by hand
# stands for the one that fills itself.
aws() {
  Real "$@" || { echo "refused: aws $*" >&2; return 1; }
  echo "aws ${*:1:2}" >>"$stage/ran"
  local word job=''
  case "${*:1:2}" in
    'iot create-job')
      for word in "$@"; do if [ "$job" = next ]; then job=$word; break; elif [ "$word" = --job-id ]; then job=next; fi; done
      for thing in $(head -n 2 "$THINGS"); do
        Real iot-jobs-data update-job-execution --job-id "$job" --thing-name "$thing" --status IN_PROGRESS || true
      done
      ;;
    'iot create-dynamic-thing-group')
      Real iot create-thing-group --thing-group-name "$4"
      Real iot add-thing-to-thing-group --thing-group-name "$4" --thing-name "$(tail -n 1 "$THINGS")"
      ;;
  esac
}

awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' "$config/FLEET.md" >"$stage/page"
grep -q '^cd /usr/share/kedge ' "$stage/page" || { echo "the page has changed: it does not go to /usr/share/kedge" >&2; exit 1; }
sed -i "s|^cd /usr/share/kedge .*|cd '$config'|" "$stage/page"
set -x
# shellcheck disable=SC1091
. "$stage/page"
