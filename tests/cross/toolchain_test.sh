#!/usr/bin/env bash
# Configures a small project with each toolchain file against a made-up sysroot: libraries, CMake packages and pkg-config's
# must be found there and nowhere else. Skipped for an architecture whose compiler is missing.
# Usage: toolchain_test.sh SOURCES
set -euo pipefail
sources=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/project"
cat >"$work/project/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(probe LANGUAGES NONE)
find_package(PkgConfig REQUIRED)
pkg_check_modules(BOARD REQUIRED board-only)
find_library(BOARD_LIBRARY board-only)
find_library(SQLITE_LIBRARY sqlite3)  # this machine has it, the sysroot has not
find_package(nlohmann_json QUIET)
file(WRITE ${CMAKE_BINARY_DIR}/found "${BOARD_CFLAGS}|${BOARD_LIBRARY}|${SQLITE_LIBRARY}|${nlohmann_json_FOUND}|${KEDGE_DEBIAN_ARCH}")
END

tried=0
for arch in amd64 arm64 armhf; do
  triplet=$(sed -n 's/set(KEDGE_TRIPLET \(.*\))/\1/p' "$sources/cross/$arch.cmake")
  command -v "$triplet-g++" >/dev/null || { echo "$arch: no $triplet-g++ here"; continue; }
  tried=$((tried + 1))
  sysroot=$work/$arch
  mkdir -p "$sysroot/usr/lib/$triplet/pkgconfig"
  printf 'Name: b\nDescription: b\nVersion: 1\nCflags: -I/opt/board\n' >"$sysroot/usr/lib/$triplet/pkgconfig/board-only.pc"
  touch "$sysroot/usr/lib/$triplet/libboard-only.so"
  cmake -S "$work/project" -B "$work/build-$arch" -DCMAKE_TOOLCHAIN_FILE="$sources/cross/$arch.cmake" \
    -DCMAKE_SYSROOT="$sysroot" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
  want="-I$sysroot/opt/board|$sysroot/usr/lib/$triplet/libboard-only.so|SQLITE_LIBRARY-NOTFOUND|0|$arch"
  found=$(cat "$work/build-$arch/found")
  if [ "$found" != "$want" ]; then
    printf '%s: found  %s\n%s: wanted %s\n' "$arch" "$found" "$arch" "$want" >&2
    exit 1
  fi
done
if [ "$tried" -eq 0 ]; then
  echo "skipped: no compiler for any of the architectures"
  exit 77
fi
