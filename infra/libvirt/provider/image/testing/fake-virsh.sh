#!/bin/sh
# For tests: as much of virsh as the scripts use. Pools are the folders of $FAKE_POOLS, domains the files (XML) of
# $FAKE_POOLS.domains, of running ones there is one more with .running; $FAKE_POOLS.broken is why nothing works.
[ "$1" = -q ] && [ "$2" = -c ] || { echo "error: unexpected arguments $*" >&2; exit 1; }
shift 3
[ ! -e "$FAKE_POOLS.broken" ] || { echo "error: $(cat "$FAKE_POOLS.broken")" >&2; exit 1; }
verb=$1
shift
domains=$FAKE_POOLS.domains
no_domain() {
  echo "error: failed to get domain '$1'" >&2
  exit 1
}
case $verb in
  capabilities) printf '<capabilities>\n  <host>\n    <uuid>%s</uuid>\n' "$(cat "$FAKE_POOLS.uuid")"; exit ;;
  list) ls "$domains" 2>/dev/null | grep -v '\.running$'; exit 0 ;;
  dumpxml) cat "$domains/$1" 2>/dev/null || no_domain "$1"; exit ;;
  domstate) [ -e "$domains/$1.running" ] && echo running || echo "shut off"; exit ;;
  destroy) rm "$domains/$1.running" 2>/dev/null || { echo "error: domain is not running" >&2; exit 1; }; exit ;;
  undefine) [ "$1" = --nvram ] || exit 1; rm "$domains/$2" || no_domain "$2"; exit ;;
  vol-dumpxml)
    # Overlays are files whose first line says what they are above.
    backing=$(sed -n '1s/^overlay of //p' "$1" 2>/dev/null)
    printf '<volume>\n  <target>\n    <path>%s</path>\n  </target>\n' "$1"
    [ -z "$backing" ] || printf '  <backingStore>\n    <path>%s</path>\n  </backingStore>\n' "$backing"
    exit
    ;;
esac
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
    uuid=$(printf '%s' "$1" | cksum | cut -d ' ' -f 1)
    printf "<pool type='%s'>\n  <uuid>$uuid</uuid>\n  <source>\n  </source>\n  <target>\n    <path>%s</path>\n  </target>\n</pool>\n" "$type" "$folder"
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
  vol-path)
    echo "$folder/$2"
    ;;
  vol-list)
    # As libvirt: links that lead nowhere are not shown.
    for volume in "$folder"/*; do [ ! -e "$volume" ] || printf ' %s   %s\n' "${volume##*/}" "$volume"; done
    ;;
  vol-delete)
    grep -qxF "$2" "$folder.volumes" 2>/dev/null || no_volume "$2"
    rm "$folder/$2"
    ;;
  *) echo "error: unknown command: '$verb'" >&2; exit 1 ;;
esac
