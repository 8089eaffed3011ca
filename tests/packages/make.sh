#!/usr/bin/env bash
# Makes the packages of a build folder with cpack, for tests: as they are shipped, but packed in less time.
# Usage: make.sh BUILD FOLDER [COMPONENT...]     FOLDER is made anew; all components when none is named
set -euo pipefail
if [ $# -lt 2 ] || [ ! -f "$1/CPackConfig.cmake" ]; then echo "usage: make.sh BUILD FOLDER [COMPONENT...]" >&2; exit 2; fi
config=$(realpath "$1")/CPackConfig.cmake
folder=$2
shift 2
rm -rf "$folder"
mkdir -p "$folder"
folder=$(realpath "$folder")
options=()
if [ $# -gt 0 ]; then options=(-D "CPACK_COMPONENTS_ALL=$(IFS=';'; echo "$*")"); fi
cpack --config "$config" -G DEB -B "$folder" -D CPACK_DEBIAN_COMPRESSION_TYPE=gzip "${options[@]}" \
  >"$folder/log" 2>&1 || { tail -n 20 "$folder/log" >&2; echo "make.sh: cpack failed" >&2; exit 1; }
rm -rf "$folder/_CPack_Packages"
ls "$folder"/*.*deb
