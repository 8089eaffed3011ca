# What goes into the guest: functions for run.sh, which sources this.

# From this machine, for a test may copy one of them or look at what it does. What else a shell script takes for granted
# is busybox's.
basic_programs=(sh cat chmod chown cp cut echo env false head id kill ls mkdir mv printf rm sleep tail true)

# MakeRoot ROOT INIT: the folders and files that no program brings along.
MakeRoot() {
  local root=$1 folder
  umask 022
  mkdir -p "$root"/{guest,dev,proc,sys,tmp,run,root,etc,var/lib,usr/bin,usr/sbin,usr/lib,usr/lib64}
  for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$root/$folder"; done  # as Debian has it
  chmod 700 "$root/root"
  chmod 1777 "$root/tmp"
  cp "$(type -P busybox)" "$root/usr/bin/busybox"
  cp "$2" "$root/init"
  chmod 755 "$root/init"
  : >"$root/guest/modules"
  printf '%s\n' root:x:0:0:root:/root:/bin/sh daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin \
    nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin >"$root/etc/passwd"
  printf '%s\n' root:x:0: daemon:x:1: tty:x:5: nogroup:x:65534: >"$root/etc/group"
  echo "127.0.0.1 localhost guest" >"$root/etc/hosts"
}

# AddFile ROOT SOURCE DESTINATION: a file or a folder. What its programs need to start comes with AddLibraries.
AddFile() {
  local root=$1 source=$2 destination=$3 file
  mkdir -p "$root$(dirname "$destination")"
  if [ -d "$source" ]; then
    mkdir -p "$root$destination"
    cp -a "$source/." "$root$destination/"
    while IFS= read -r -d '' file; do Examine "$root" "$file"; done < <(find "$source" -type f -perm /111 -print0)
  else
    cp -L --remove-destination --preserve=mode,timestamps "$source" "$root$destination"
    if [ -x "$source" ]; then Examine "$root" "$source"; fi
  fi
}

programs=()

# A program is noted for AddLibraries; a script's interpreter comes along.
Examine() {
  local root=$1 file=$2 start='' interpreter
  LC_ALL=C IFS= read -r -d '' -n 4 start <"$file" || true
  case $start in
    $'\177ELF') programs+=("$file") ;;
    '#!'*)
      interpreter=$(sed -n '1s/^#! *\([^ ]*\).*/\1/p' "$file")
      if [ -x "$interpreter" ] && [ ! -e "$root$interpreter" ]; then AddFile "$root" "$interpreter" "$interpreter"; fi
      ;;
  esac
}

# AddLibraries ROOT: the shared libraries of every program so far; one call of ldd, for each takes its time.
AddLibraries() {
  local root=$1 library
  while read -r library; do
    if [ ! -e "$root$library" ]; then AddFile "$root" "$library" "$library"; fi
  done < <({ ldd "${programs[@]}" 2>/dev/null || true; } | sed -n 's/.*\(^\|[[:space:]]\)\(\/[^ ]*\) (0x.*/\2/p' | sort -u)
}

# AddApplets ROOT: the names of busybox's programs, where there is none of this machine's. As the last: they are links to
# /usr/bin/busybox, and a copy to one would go there.
AddApplets() { busybox --install -s "$1/usr/bin" 2>/dev/null || true; }

# AddModule ROOT MODULES NAME: a module of the kernel and, before it, those that it needs.
AddModule() {
  local root=$1 modules=$2 name=${3//_/[-_]} file need
  file=$(find "$modules" -name "$name.ko*" | head -n 1)
  [ -n "$file" ] || return 1
  local plain=${file##*/}
  plain=${plain%.xz}
  if [ -e "$root/guest/$plain" ]; then return 0; fi
  case $file in
    *.xz) xz -dc "$file" >"$root/guest/$plain" ;;
    *) cp "$file" "$root/guest/$plain" ;;
  esac
  # Its own record of what it needs: "depends=a,b".
  for need in $(tr '\0' '\n' <"$root/guest/$plain" | sed -n 's/^depends=//p' | tr , ' '); do
    AddModule "$root" "$modules" "$need" || true  # built in
  done
  echo "$plain" >>"$root/guest/modules"
}

# Command PROGRAM ARGUMENT...: a script that becomes that program, with the environment of run.sh's --env.
Command() {
  local word
  echo '#!/usr/bin/busybox sh'
  echo 'export HOME=/root'
  for word in "${env[@]}"; do echo "export ${word%%=*}=$(Quoted "${word#*=}")"; done
  printf 'exec'
  for word in "$@"; do printf ' %s' "$(Quoted "$word")"; done
  echo
}

Quoted() { printf "'%s'" "${1//\'/\'\\\'\'}"; }
