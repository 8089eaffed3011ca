# shellcheck shell=bash
# For cross/build and cross/sysroot: what this machine lacks, and how to run as root. To be sourced by bash.
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)

# need PACKAGE...: installs those that are missing; starts no service.
need() {
  local package missing=()
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ ${#as_root[@]} -gt 0 ] && ! command -v sudo >/dev/null; then
    echo "cross: ${missing[*]}: to be installed, but this is not root and there is no sudo" >&2
    return 1
  fi
  echo "cross: installing ${missing[*]}"
  # A fresh machine knows of no package yet.
  apt-get install --simulate "${missing[@]}" >/dev/null 2>&1 || "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" >/dev/null
}

# The packages of build-packages.list, on one line, with `$1` between them.
build_packages() { grep -v '^#' "$(dirname "${BASH_SOURCE[0]}")/build-packages.list" | paste -sd "$1"; }

# Debian's name of this machine's release: bookworm, trixie.
host_suite() { sed -n 's/^VERSION_CODENAME=//p' /etc/os-release; }
