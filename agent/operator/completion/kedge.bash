# bash completion of kedge(1). Plain bash: nothing of the bash-completion package is called, so it works with any version
# of it, and when it is sourced by hand.

# The ids of the jobs that the history has, newest first; who may not read that gets the one that runs now and the last.
# An agent that does not answer is not waited for.
_kedge_jobs() {
  local ids
  ids=$(timeout 2 "$@" history --json --limit 50 2>/dev/null </dev/null) ||
    ids=$(timeout 2 "$@" status --json 2>/dev/null </dev/null) || return 0
  sed -n 's/.*"jobId": *"\([A-Za-z0-9_-]*\)".*/\1/p' <<<"$ids" | sort -u
}

# Reads COMP_WORDS for the command and the job that stand there already: sets command, plain (how many words that are no
# options, before the cursor) and config, which are the caller's.
_kedge_read_words() {
  local i word
  for ((i = 1; i < COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]}
    case $word in
      --) [[ $command == handler-test ]] && behind=yes ;;
      --config)
        ((++i))
        [[ ${COMP_WORDS[i]} == = ]] && ((++i))
        config=${COMP_WORDS[i]}
        ;;
      --limit | -n | --page | --job | --status | --verdict | --since | --until | --reason | --timeout | --output | -o | \
        --watch | --probe | --failing | --rounds | --seed | --user | --guards | --grace | --thing | --endpoint | \
        --port | --client-id | --cert | --key | --ca | --only | --kedged | --kedge-link | --job-id | --execution | --thing-name | \
        --expected-version | --if-match | --is-forced | --status-details | --client-token | --wait-for-state | \
        --max-wait-seconds | --wait-interval-seconds | --cli-input-json | --cli-input-yaml | --from-json)
        ((++i))
        [[ ${COMP_WORDS[i]} == = ]] && ((++i))
        ;;
      -* | =) ;;
      *)
        ((++plain))
        [[ -n $command ]] || command=$word
        ;;
    esac
  done
}

_kedge_options() {
  case $1 in
    '') echo --json --config --version --help ;;
    setup)
      echo --thing --endpoint --port --client-id --cert --key --ca --in-place --check --no-start --yes --force --json \
        --config --user --kedge-link --help
      ;;
    doctor) echo --only --offline --quiet --timeout --client-id --kedged --kedge-link --json --config --help ;;
    history) echo --job --status --verdict --since --until --limit --page --json --config --help ;;
    report) echo --html --output --jobs --with-output --offline --json --config --help ;;
    logs) echo --follow --json --config --help ;;
    cancel)
      echo --job-id --execution --thing-name --expected-version --if-match --force --no-force --is-forced --yes --reason \
        --status-details --client-token --wait-for-state --max-wait-seconds --wait-interval-seconds --cli-input-json \
        --cli-input-yaml --from-json --generate-cli-skeleton --generate-full-command-json-input --json --config --help
      ;;
    rollback) echo --retry --json --config --help ;;
    run) echo --dry-run --json --config --help ;;
    wait) echo --timeout --json --config --help ;;
    metrics | import-config) echo --output --json --config --help ;;
    handler-test)
      echo --watch --probe --failing --rounds --seed --user --guards --limit --grace --config --keep --json --help
      ;;
    *) echo --json --config --help ;;
  esac
}

# What `kedge doctor --only` takes.
_kedge_checks() {
  echo config services versions agent quarantine journal leftovers disk fsync sync memory cgroups handlers guards \
    search-path ca certificate key clock dns tcp tls broker policy jobs link
}

_kedge() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local command='' config='' plain=0 behind='' words=''
  # `--config=FILE` is three words for bash.
  if [[ $current == = ]]; then
    current=''
  elif [[ $previous == = ]] && ((COMP_CWORD > 1)); then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  _kedge_read_words
  COMPREPLY=()

  case $previous in
    --config | --output | -o | --watch | --cert | --key | --ca | --kedged | --kedge-link | --cli-input-json | \
      --cli-input-yaml | --from-json)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
    --only)
      mapfile -t COMPREPLY < <(compgen -W "$(_kedge_checks)" -- "$current")
      return
      ;;
    --guards)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      return
      ;;
    --user)
      mapfile -t COMPREPLY < <(compgen -u -- "$current")
      return
      ;;
    --status)
      mapfile -t COMPREPLY < <(compgen -W 'IN_PROGRESS SUCCEEDED FAILED REJECTED CANCELED TIMED_OUT REMOVED' -- "$current")
      return
      ;;
    --job-id | --execution)
      mapfile -t COMPREPLY < <(compgen -W "$(_kedge_jobs "${COMP_WORDS[0]}" ${config:+--config "$config"})" -- "$current")
      return
      ;;
    --wait-for-state)
      words='QUEUED ACCEPTED IN_PROGRESS CANCELING SUCCEEDED FAILED CANCELED TIMED_OUT REJECTED REMOVED'
      mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
      return
      ;;
    --is-forced)
      mapfile -t COMPREPLY < <(compgen -W 'true false' -- "$current")
      return
      ;;
    --generate-cli-skeleton)
      mapfile -t COMPREPLY < <(compgen -W 'input yaml-input output' -- "$current")
      return
      ;;
    --verdict)
      mapfile -t COMPREPLY < <(compgen -W 'safe unknown unsafe' -- "$current")
      return
      ;;
    --limit | -n | --page | --job | --since | --until | --reason | --timeout | --probe | --failing | --rounds | --seed | \
      --grace | --thing | --endpoint | --port | --client-id | --thing-name | --expected-version | --if-match | \
      --status-details | --client-token | --max-wait-seconds | --wait-interval-seconds) return ;;
  esac
  if [[ -n $behind ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
    return
  fi

  if [[ $current == -* ]]; then
    words=$(_kedge_options "$command")
  elif ((plain == 0)); then
    words='setup status watch history show logs report cancel rollback clear reload wait check run doctor config metrics import-config handler-test'
  elif ((plain == 1)); then
    case $command in
      show | logs | report | cancel) words=$(_kedge_jobs "${COMP_WORDS[0]}" ${config:+--config "$config"}) ;;
      wait) words='recovered idle' ;;
      rollback) words=--retry ;;
      check | run | import-config | handler-test)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    esac
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
} && complete -F _kedge kedge
