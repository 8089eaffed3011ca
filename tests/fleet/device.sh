#!/usr/bin/env bash
# In a mount namespace of its own: journald, rsyslog, systemd-journal-upload and kedged, which logs to that journal. They end
# with this script, however it ends.
# Usage: device.sh FOLDER KEDGED CONFIG
set -euo pipefail
folder=$1 kedged=$2 config=$3
mount -t tmpfs none /run
mkdir -p /run/systemd/journal /run/log/journal
mount --bind "$folder/journal" /run/log/journal
mount --bind "$folder/systemd" /etc/systemd
mkdir "/run/log/journal/$(cat /etc/machine-id)"

WithUs() { exec setpriv --pdeathsig KILL "$@"; }

WithUs /lib/systemd/systemd-journald &
until [ -S /run/systemd/journal/socket ]; do kill -0 $!; done
WithUs /usr/sbin/rsyslogd -n -f "$folder/rsyslog.conf" -i "$folder/rsyslog/pid" &
WithUs /lib/systemd/systemd-journal-upload --save-state="$folder/upload-state" &
# As systemd starts a service: stderr is the journal's stream, and JOURNAL_STREAM says so.
exec 2>"$folder/stderr"
JOURNAL_STREAM=$(stat -Lc %d:%i /dev/stderr) WithUs "$kedged" --config "$config" &
wait $!
