#!/bin/sh
# For tests: as much of virsh as the scripts use, for the pools that are folders of $FAKE_POOLS.
[ "$1" = -q ] && [ "$2" = -c ] || { echo "error: unexpected arguments $*" >&2; exit 1; }
shift 3
verb=$1
shift
bytes=
[ "$1" = --bytes ] && { bytes=1; shift; }
[ "$1" = --pool ] && shift
folder=$FAKE_POOLS/$1
[ -d "$folder" ] || {
  printf "error: failed to get pool '%s'\nerror: Storage pool not found: no storage pool with matching name '%s'\n" "$1" "$1" >&2
  exit 1
}
no_volume() {
  printf "error: failed to get vol '%s'\nerror: Storage volume not found: no storage vol with matching path '%s'\n" "$1" "$1" >&2
  exit 1
}
case $verb in
  pool-dumpxml)
    type=$(cat "$folder.type" 2>/dev/null || echo dir)
    printf "<pool type='%s'>\n  <source>\n  </source>\n  <target>\n    <path>%s</path>\n  </target>\n</pool>\n" "$type" "$folder"
    ;;
  pool-refresh)
    if [ -e "$folder.busy" ]; then
      rm "$folder.busy"
      echo "error: internal error: pool '$1' has asynchronous jobs running." >&2
      exit 1
    fi
    ls "$folder" >"$folder.volumes"
    ;;
  vol-info)
    [ -n "$bytes" ] || exit 1
    grep -qxF "$2" "$folder.volumes" 2>/dev/null || no_volume "$2"
    printf 'Name:           %s\nType:           file\nCapacity:       %s bytes\nAllocation:     %s bytes\n' \
      "$2" "$(stat -c %s "$folder/$2")" "$(($(stat -c %b "$folder/$2") * 512))"
    ;;
  vol-delete)
    grep -qxF "$2" "$folder.volumes" 2>/dev/null || no_volume "$2"
    rm "$folder/$2"
    ;;
  *) echo "error: unknown command: '$verb'" >&2; exit 1 ;;
esac
