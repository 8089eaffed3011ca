#!/usr/bin/env bash
# Does to a root folder of extracted packages what their maintainer scripts would have done, as far as a board needs it:
# dpkg's own records, users, the links of alternatives, certificates; host name, network, and what is left out of the boot.
# The packages' files are in var/cache/apt/archives and are removed. Usage: complete_root.sh ROOT
set -euo pipefail
root=$1

# --- dpkg's records: as after an installation of all these packages
info=$root/var/lib/dpkg/info
mkdir -p "$info" "$root"/var/lib/dpkg/{updates,triggers,alternatives}
: >"$root/var/lib/dpkg/status"
for package in "$root"/var/cache/apt/archives/*.deb; do
  control=$(mktemp -d)
  dpkg-deb --control "$package" "$control"
  name=$(sed -n 's/^Package: //p' "$control/control")
  if grep -q '^Multi-Arch: same' "$control/control"; then name+=:$(sed -n 's/^Architecture: //p' "$control/control"); fi
  {
    sed '/^Package: /a Status: install ok installed' "$control/control"
    if [ -e "$control/conffiles" ]; then
      echo "Conffiles:"
      while read -r file; do
        if [ -e "$root$file" ]; then echo " $file $(md5sum <"$root$file" | cut -d ' ' -f 1)"; fi
      done <"$control/conffiles"
    fi
    echo
  } >>"$root/var/lib/dpkg/status"
  dpkg-deb --fsys-tarfile "$package" | tar -t | sed 's,^\./$,/.,; s,^\./,/,; s,\(.\)/$,\1,' >"$info/$name.list"
  for file in conffiles md5sums postinst postrm preinst prerm shlibs symbols templates triggers; do
    if [ -e "$control/$file" ]; then cp -p "$control/$file" "$info/$name.$file"; fi
  done
  rm -r "$control"
done
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale,info}/*
rm -f "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/* "$root"/etc/apt/auth.conf.d/*

# --- users and what base packages' scripts make
cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
cp "$root/usr/share/base-files/profile" "$root/etc/profile"
for file in passwd group; do chmod 644 "$root/etc/$file"; done
ln -sf mawk "$root/usr/bin/awk"
printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\nprotocols: files\n' >"$root/etc/nsswitch.conf"
printf '/bin/sh\n/bin/bash\n' >"$root/etc/shells"
systemd-sysusers --root="$root"
(cd "$root/usr/share/ca-certificates" && find . -name '*.crt' -exec cat {} +) >"$root/etc/ssl/certs/ca-certificates.crt"

# --- a board of our own
echo board >"$root/etc/hostname"
printf '127.0.0.1 localhost board\n' >"$root/etc/hosts"
: >"$root/etc/resolv.conf"
echo "LABEL=root / ext4 defaults,errors=remount-ro 0 1" >"$root/etc/fstab"
# A first boot would make it, and takes the board for a new one.
systemd-machine-id-setup --root="$root"
mkdir -p "$root/etc/systemd/network" "$root/var/log/journal" "$root/var/lib/systemd"
printf '[Match]\nName=en* eth* usb*\n[Network]\nDHCP=ipv4\n[DHCPv4]\nUseTimezone=no\n' >"$root/etc/systemd/network/10-cable.network"
systemctl --root="$root" --quiet enable systemd-networkd
# Nobody logs in, nothing happens by the clock, and there is no screen. What Kedge meets stays: systemd, udev, the bus,
# journald on disk, networkd.
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
  fstrim.timer systemd-tmpfiles-clean.timer getty.target getty@tty1.service serial-getty@.service console-getty.service \
  systemd-logind.service systemd-timesyncd.service systemd-pstore.service systemd-rfkill.socket systemd-firstboot.service \
  systemd-hwdb-update.service ldconfig.service systemd-journal-catalog-update.service systemd-update-done.service \
  systemd-binfmt.service sys-kernel-debug.mount sys-kernel-tracing.mount dev-hugepages.mount dev-mqueue.mount \
  modprobe@configfs.service modprobe@drm.service modprobe@fuse.service systemd-ask-password-wall.path \
  systemd-ask-password-console.path systemd-network-generator.service; do
  ln -sf /dev/null "$root/etc/systemd/system/$unit"
done

# --- the test's own shell: see control.sh
here=$(realpath "$(dirname "$0")")
install -D -m 755 "$here/control.sh" "$root/usr/local/lib/board/control.sh"
cat >"$root/etc/systemd/system/board-control.service" <<'END'
[Unit]
Description=The test's shell on the board
DefaultDependencies=no
After=systemd-remount-fs.service systemd-tmpfiles-setup.service systemd-journald.service
[Service]
ExecStart=/usr/local/lib/board/control.sh
Restart=always
RestartSec=0
# It does what a test says until the power is gone, in a shutdown too.
KillMode=process
OOMScoreAdjust=-1000
[Install]
WantedBy=sysinit.target
END
systemctl --root="$root" --quiet enable board-control
