# shellcheck shell=bash
# Debian's packages for any architecture, without touching this machine's own: sourced by the scripts beside it.

fail() { echo "$(basename "$0"): $*" >&2; exit 1; }

# The cache's folder, made if it is missing.
Cache() {
  local cache=${KEDGE_BOARD_CACHE:-$(dirname "${BASH_SOURCE[0]}")/../../build/board}
  mkdir -p "$cache"
  realpath "$cache"
}

# Debian 12's own sources of this machine, as lines of a sources.list; or those of the file $KEDGE_BOARD_SOURCES, for when one
# of them is out of order for another architecture.
Sources() {
  if [ -n "${KEDGE_BOARD_SOURCES:-}" ]; then
    cat "$KEDGE_BOARD_SOURCES"
    return
  fi
  # shellcheck disable=SC2016  # $(...) is apt's
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
    awk '$2 ~ /^bookworm/ {print "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]", $1, ($1 ~ /security/ ? "bookworm-security" : $2), $3}' |
    sort -u
}

# Download ARCH FOLDER PACKAGE...: into FOLDER, with a state of apt's own there. A package that only depends on the
# kernel's newest one stands for that.
Download() {
  local arch=$1 folder=$2 attempt package newest state
  shift 2
  state=$folder/apt
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
  : >"$state/status"
  Sources >"$state/sources.list"
  [ -s "$state/sources.list" ] || fail "apt knows no source of Debian 12 here; apt-get update may help"
  local options=("-oAPT::Architecture=$arch" "-oAPT::Architectures=$arch" "-oDir::State=$state" "-oDir::State::Lists=$state/lists"
    "-oDir::State::status=$state/status" "-oDir::Cache=$state/cache" "-oDir::Etc::sourcelist=$state/sources.list"
    -oDir::Etc::sourceparts=/dev/null -oAPT::Sandbox::User=root -oDebug::NoLocking=1)
  # A mirror that is being renewed shows for a moment a list that does not match its index.
  for attempt in 1 2 last; do
    ! apt-get "${options[@]}" -qq update >"$folder/apt.log" 2>&1 || break
    [ "$attempt" != last ] || { tail -n 5 "$folder/apt.log" >&2; fail "apt-get update fails for $arch"; }
  done
  for package in "$@"; do
    newest=$(apt-cache "${options[@]}" depends "$package" | awk '/Depends: linux-image/ {print $2; exit}')
    (cd "$folder" && apt-get "${options[@]}" -qq download "${newest:-$package}" >>"$folder/apt.log" 2>&1) ||
      { tail -n 5 "$folder/apt.log" >&2; fail "cannot download ${newest:-$package} for $arch"; }
  done
  rm -rf "$state"
}
