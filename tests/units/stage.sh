#!/usr/bin/env bash
# Installs a build into a folder as a package would, with Debian's own units beside it: for systemd-analyze --root, which
# then looks at what is shipped and at nothing of this machine. Usage: stage.sh BUILD FOLDER
set -euo pipefail
if [ $# -ne 2 ] || [ ! -e "$1/CMakeCache.txt" ]; then echo "usage: stage.sh BUILD FOLDER" >&2; exit 2; fi

mkdir -p "$2"
DESTDIR=$(realpath "$2") cmake --install "$1" --prefix /usr >"$2/install.log" 2>&1 ||
  { tail -n 5 "$2/install.log" >&2; echo "stage.sh: cannot install $1" >&2; exit 1; }
# Merged, as on Debian: /lib is a link, and a unit's path is the same by either name.
mkdir -p "$2/usr/lib"
if [ -d "$2/lib" ]; then
  cp -a "$2/lib/." "$2/usr/lib/"
  rm -r "${2:?}/lib"
fi
ln -s usr/lib "$2/lib"
# Debian's units by name, not all of this machine's: it may have units of its own.
for package in systemd dbus; do
  dpkg-query -L "$package" 2>/dev/null | sed -n 's,^\(/usr\)\?/lib/systemd/system/,,p' | while read -r unit; do
    source=/lib/systemd/system/$unit
    if [ -d "$source" ] && [ ! -L "$source" ]; then
      mkdir -p "$2/usr/lib/systemd/system/$unit"
    elif [ -e "$source" ] || [ -L "$source" ]; then
      mkdir -p "$2/usr/lib/systemd/system/$(dirname "$unit")"
      cp -a --no-clobber "$source" "$2/usr/lib/systemd/system/$unit"
    fi
  done
done
