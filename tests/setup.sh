#!/usr/bin/env bash
# Installs what Kedge's build, tests and demo need on Debian 12 or 13 (and Raspberry Pi OS). Idempotent; asks apt only
# for what is missing. As root, or with sudo. Usage: setup.sh [minimal]     minimal: without what only the tests need (a
# browser, Node.js).
set -euo pipefail

packages=(
  # the build
  cmake ninja-build g++ pkg-config
  libpaho-mqttpp-dev libpaho-mqtt-dev libssl-dev libyaml-cpp-dev libspdlog-dev nlohmann-json3-dev
  libsystemd-dev libsqlite3-dev
  # the handlers
  curl
  # the packages, and the page of the configuration
  dpkg-dev file mawk
  # the tests, drydock and the demo
  doctest-dev libcpp-httplib-dev mosquitto mosquitto-clients awscli openssl
  acl attr btrfs-progs dbus e2fsprogs faketime libcap2-bin mandoc procps python3-jsonschema python3-minimal shellcheck spin
  strace systemd util-linux xfsprogs zsh
)
if [ "${1:-}" != minimal ]; then
  packages+=(chromium chromium-driver lintian)
  # A key in a TPM, in software.
  packages+=(libtss2-tcti-tabrmd0 swtpm tpm2-abrmd tpm2-openssl)
  # Clients of D-Bus that are not ours, and polkit: tests/operator asks the real one, in a mount namespace of its own.
  packages+=(libglib2.0-bin polkitd)
  # The devices of tests/field: a Debian root folder, booted.
  packages+=(bsdutils iproute2 mmdebstrap systemd-container)
  # A second clone's build is a matter of minutes.
  packages+=(ccache)
  # The emulated boards of tests/board.
  packages+=(cpio device-tree-compiler kmod qemu-system-arm qemu-system-x86 qemu-utils)
  # What config/fleet is for: Prometheus' promtool, and how logs are shipped.
  packages+=(prometheus rsyslog systemd-journal-remote)
  # AWS's and Oracle's SDKs are npm packages. Node.js may be there from elsewhere; Debian's npm would not go with it.
  command -v node >/dev/null || packages+=(nodejs)
  command -v npm >/dev/null || packages+=(npm)
fi

finish() {
  # For the tests that boot a guest: qemu, and a kernel that is only unpacked.
  if [ "${1:-}" != minimal ]; then
    bash "$(dirname "$0")/guest/setup.sh" || echo "setup: the guest cannot be had; its tests will fail" >&2
  fi
  echo "setup: $2"
}

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  finish "${1:-}" "everything is installed"
  exit 0
fi

echo "setup: installing ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "setup: not root and there is no sudo; run as root" >&2; exit 1; }
  as_root=(sudo)
fi
# Packages may bring services up (mosquitto does): the tests start what they need themselves, so nothing starts here.
policy=/usr/sbin/policy-rc.d
made_policy=no
if [ ! -e "$policy" ]; then
  made_policy=yes
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
fi
restore() { if [ "$made_policy" = yes ]; then "${as_root[@]}" rm -f "$policy"; fi; }
trap restore EXIT
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
  </dev/null >/dev/null
finish "${1:-}" done
