#!/bin/bash
# On the board: reads "NUMBER SCRIPT" lines from the control channel, SCRIPT being a bash script in base64, runs each to its
# end, and answers "NUMBER STATUS OUTPUT", OUTPUT in base64 likewise. It begins with "ready BOOT-ID".
# The channel is a port of virtio's, or the first serial line of a board that has none.
exec >/dev/console 2>&1
for device in /dev/vport*p1 /dev/ttyAMA0; do
  [ -c "$device" ] && break
done
exec 3<>"$device" || exit 1
if [ -t 3 ]; then stty raw -echo -hupcl <&3; fi
folder=$(mktemp -d /run/board.XXXXXX)
read -r boot </proc/sys/kernel/random/boot_id
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb
echo "ready $boot" >&3
while read -r number code <&3; do
  base64 -d <<<"$code" >"$folder/script"
  (cd / && exec bash "$folder/script" >"$folder/output" 2>&1 </dev/null 3>&-)
  status=$?
  echo "$number $status $(base64 -w 0 "$folder/output")" >&3
done
