# bash completion of kedged(8) and kedge-link(8), which people start by hand only to check something.

_kedge_daemon() {
  local current=${COMP_WORDS[COMP_CWORD]} options='--config --version --help'
  case ${COMP_WORDS[0]##*/} in
    kedge-link) options="$options --probe --to --go-on --client-id --limit" ;;
    *) options="$options --check-config --run --json" ;;
  esac
  if [[ ${COMP_WORDS[COMP_CWORD - 1]} == --@(config|run) ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
  fi
} && complete -F _kedge_daemon kedged kedge-link
