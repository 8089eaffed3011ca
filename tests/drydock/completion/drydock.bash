# bash completion of drydock(1). Plain bash, as that of kedge.

_drydock_options() {
  case $1 in
    serve)
      echo --broker --ca --cert --key --http-port --ready-file --store --files --history --fault --seed --reading \
        --oci-auth --oci-key --oci-terminal-cancel --oci-stop-limit --oci-accept-delay --oci-cancel-delay \
        --oci-ignore-cancel --help
      ;;
    broker) echo --thing --port --listen --name --days --setup-only --help ;;
    watch) echo --http --thing --since --json --help ;;
    report) echo --history --http --title --output --help ;;
    *) echo --version --help ;;
  esac
}

_drydock() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local command='' words=''
  ((COMP_CWORD < 2)) || command=${COMP_WORDS[1]}
  COMPREPLY=()
  case $previous in
    --ca | --cert | --key | --ready-file | --store | --history | --oci-key | --output | -o)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
    --files)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      return
      ;;
    --reading) words='chatty-notify terminal-state-on-update no-version-bump retry-keeps-number line-feeds-in-details' ;;
    --oci-auth) words='off verify' ;;
    --oci-terminal-cancel) words='conflict incorrect-state ok' ;;
    --since) words='start now' ;;
    --broker | --http-port | --fault | --seed | --oci-stop-limit | --oci-accept-delay | --oci-cancel-delay | --thing | \
      --port | --listen | --name | --days | --http | --title) return ;;
    *)
      if ((COMP_CWORD < 2)) && [[ $current != -* ]]; then
        words='serve broker watch report'
      elif [[ $command == broker && $current != -* ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$current")
        return
      else
        words=$(_drydock_options "$command")
      fi
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
} && complete -F _drydock drydock
