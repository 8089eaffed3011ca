#!/usr/bin/env bash
# The package kedge goes through everything that dpkg can do with it, in a copy of a Debian root where no systemd runs (as
# when an image is made): installed, upgraded, an upgrade that fails, downgraded, removed, installed again, purged. What is
# in the file system is compared after each; after the purge it is what was there before. 77: this machine cannot do it.
# Usage: roundtrip.sh BUILD
set -euo pipefail
here=$(realpath "$(dirname "$0")")
field=$here/../field
build=$(realpath "$1")

skip() { echo "skipped: $*"; exit 77; }
fail() { echo "roundtrip.sh: $*" >&2; exit 1; }
[ "$(id -u)" -eq 0 ] || skip "only root can install into a root folder"
for needed in mmdebstrap dpkg-scanpackages; do command -v $needed >/dev/null || skip "$needed is missing"; done

work=$(mktemp -d "${TMPDIR:-/tmp}/kedge-packages.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
root=$work/root
"$field/copy.sh" "$("$here/root.sh" "$build")" "$root" || skip "no Debian root folder could be made"
made=("$build"/packages/made/kedge_*.deb)
mkdir "$root/srv/kedge"
for version in 1.0 2.0; do "$here/repack.sh" "${made[0]}" "$root/srv/kedge" $version; done
"$here/repack.sh" "${made[0]}" "$root/srv/kedge" 3.0 unready
"$here/repack.sh" "${made[0]}" "$root/srv/kedge" 4.0 unpacked
architecture=$(dpkg --print-architecture)

# Inside PROGRAM...: there, as root, without this script's environment, with a /proc of its own; output in $work/said.
Inside() {
  unshare --mount --pid --fork --mount-proc="$root/proc" chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive "$@" >"$work/said" 2>&1 </dev/null
}
Must() { Inside "$@" || { cat "$work/said" >&2; fail "failed: $*"; }; }
Deb() { echo "/srv/kedge/kedge_$1_$architecture.deb"; }
Install() { Must apt-get -y --allow-downgrades install "$(Deb "$1")"; }
# shellcheck disable=SC2016  # ${...} is dpkg-query's
State() { Inside dpkg-query -W -f '${db:Status-Abbrev} ${Version}' kedge && cat "$work/said"; }
# Holds PATH [TEXT]
Holds() { [ "$(cat "$root$1" 2>/dev/null)" = "${2:-}" ] || fail "$1 is not as it was"; }

# Whatever may differ after a purge is left out by name: logs and caches of dpkg and apt; the user and its locks, who stays.
List() {
  (cd "$root" && find . -xdev \( -path ./var/log -o -path ./var/cache -o -path ./srv -o -path ./tmp -o -path ./proc \
    -o -path ./dev -o -path ./sys -o -path './var/lib/dpkg/*-old' -o -path ./var/lib/dpkg/lock \
    -o -path ./var/lib/dpkg/status -o -path ./var/lib/dpkg/available -o -path ./var/lib/apt/extended_states \
    -o -path ./etc/passwd -o -path ./etc/group -o -path ./etc/shadow -o -path ./etc/gshadow -o -path ./etc/.pwd.lock \
    -o -path './etc/passwd-' -o -path './etc/group-' -o -path './etc/shadow-' -o -path './etc/gshadow-' \) -prune \
    -o -printf '%y %m %U:%G %p %l\n' -type f -fprint0 "$work/files" && xargs -0 md5sum <"$work/files") | sort
}
Same() {
  List >"$work/after"
  diff "$work/before" "$work/after" >"$work/differences" || { cat "$work/differences" >&2; fail "the file system after $1 is not as before"; }
}

List >"$work/before"

Install 1.0
[ "$(State)" = 'ii  1.0' ] || fail "it is not installed: $(State)"
Must dpkg --verify kedge
[ ! -s "$work/said" ] || fail "dpkg --verify: $(cat "$work/said")"
grep -q '^kedge:' "$root/etc/passwd" || fail "there is no user kedge"
[ -d "$root/etc/kedge" ] || fail "there is no /etc/kedge"
[ -z "$(ls -A "$root/etc/kedge")" ] || fail "the installation configured something"
for unit in kedged kedge-link; do
  [ -L "$root/etc/systemd/system/multi-user.target.wants/$unit.service" ] || fail "$unit is not enabled"
done

# As after a while of use.
echo 'thing: pi-1' >"$root/etc/kedge/kedge.yaml"
echo key >"$root/etc/kedge/private.key"
mkdir -p "$root/var/lib/kedge/undo"
echo journal >"$root/var/lib/kedge/journal.db"
Must systemctl disable kedge-link
InUse() {
  Holds /etc/kedge/kedge.yaml 'thing: pi-1'
  Holds /etc/kedge/private.key key
  Holds /var/lib/kedge/journal.db journal
}

Install 2.0
[ "$(State)" = 'ii  2.0' ] || fail "it is not upgraded: $(State)"
Holds /usr/share/kedge/release 2.0
InUse
[ ! -e "$root/etc/systemd/system/multi-user.target.wants/kedge-link.service" ] ||
  fail "an upgrade enabled what the administrator has disabled"

# An upgrade that fails before it is unpacked changes nothing; one that fails afterwards is mended by any that does not.
List >"$work/upgraded"
! Inside dpkg -i "$(Deb 4.0)" || fail "a failing preinst went unnoticed"
[ "$(State)" = 'ii  2.0' ] || fail "after a failed preinst: $(State)"
List | diff "$work/upgraded" - >&2 || fail "a failed preinst left something"
! Inside dpkg -i "$(Deb 3.0)" || fail "a failing postinst went unnoticed"
[ "$(State)" = 'iF  3.0' ] || fail "after a failed postinst: $(State)"
InUse
Install 1.0
[ "$(State)" = 'ii  1.0' ] || fail "it is not downgraded: $(State)"
InUse

Must apt-get -y remove kedge
[ "$(State)" = 'rc  1.0' ] || fail "it is not removed: $(State)"
InUse
[ ! -e "$root/usr/sbin/kedged" ] || fail "a removal left kedged"
Install 2.0
InUse

Must apt-get -y purge kedge
grep -q 'private.key' "$work/said" || fail "the purge does not say that the key is kept: $(cat "$work/said")"
Holds /etc/kedge/private.key key
[ ! -e "$root/etc/kedge/kedge.yaml" ] || fail "a purge left the configuration"
[ ! -e "$root/var/lib/kedge" ] || fail "a purge left the state"
rm -r "$root/etc/kedge"
Same "the purge"
grep -q '^kedge:' "$root/etc/passwd" || fail "the user kedge is gone, but not what may be its own"

# Never used: nothing is left, the folder of the configuration included.
Install 1.0
Must apt-get -y purge kedge
Same "a purge of what was never used"
echo "roundtrip.sh: installed, upgraded, failed, downgraded, removed, installed again, purged"
