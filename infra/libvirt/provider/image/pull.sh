# Pulls a disk from the store into the pool, or takes over the volume that is there. Set before: identity resource size_bytes
# data_bytes sha256; data_sha256 and data_stretches (FIRST+COUNT of MiB each; outside of them the disk is zeros), empty if the
# record does not say; believe: `mark` if a volume that bears our mark is right, `size` if one without a mark is ours by its
# size, else `nothing`; curl_config (secret: holds the URL).
set -eu
need virsh curl zstd sha256sum stat df readlink
find_pool
[ -w "$pool_path" ] ||
  fail "user $(id -un) can't write to $pool_path, the folder of storage pool \"$pool\"; let them, or use a URI with another user"
final=$pool_path/$name
partial=$final.partial.$identity.$$
remove_stale

# openssl knows the processor's own instructions, which some builds of sha256sum do not: a quarter of the time.
sha256() {
  if command -v openssl >/dev/null 2>&1; then openssl dgst -sha256 -r; else sha256sum; fi | cut -d ' ' -f 1
}

# True if the volume that is there holds the disk.
is_right() {
  [ "$(stat -c %s -- "$final")" = "$size_bytes" ] || return 1
  case $believe-$holder in
    size-unmarked) return 0 ;;
    # Two fingerprints: a run was ended while it put one disk in another's place.
    mark-ours | size-ours) if [ "$mark_sha256" = "$sha256" ] && [ "$mark_prints" = "${mark_prints%,*}" ]; then return 0; fi ;;
  esac
  answer status "checking the volume that is there"
  [ "$(sha256 <"$final")" = "$sha256" ]
}

remedy="If nobody needs it: virsh -c '$uri' vol-delete --pool '$pool' '$name'"
read_mark
if [ "$holder" = other ]; then
  fail "volume \"$name\" of storage pool \"$pool\" is there already and belongs to $mark_resource of the stack with the" \
    "identity $mark_identity. $remedy"
fi
if [ "$holder" != nobody ]; then
  if is_right; then
    write_mark "$(fingerprint "$final")"
    refresh_pool
    describe_volume
    exit 0
  fi
  found_size=$(stat -c %s -- "$final")
  case $holder in
    ours) refuse_if_used ;;
    changed) fail "somebody changed or replaced volume \"$name\" of storage pool \"$pool\" after it was made ($found_size bytes). $remedy" ;;
    *) fail "volume \"$name\" of storage pool \"$pool\" is there already with other content ($found_size bytes). $remedy" ;;
  esac
fi
found=$holder

free=$(($(df -Pk -- "$pool_path" | sed -n '2p' | awk '{print $4}') * 1024))
[ "$free" -ge "$data_bytes" ] ||
  fail "storage pool \"$pool\" has $free bytes free in $pool_path, the disk needs $data_bytes; make room"

work=$(mktemp -d)
puller=
cleanup() {
  if [ -n "$puller" ]; then kill "$puller" 2>/dev/null || :; fi
  # curl and zstd end by themselves: their pipe is closed, or the file that they write is nobody's.
  for pid in $(cat "$work/curl.pid" "$work/zstd.pid" 2>/dev/null); do kill "$pid" 2>/dev/null || :; done
  rm -rf -- "$work" "$partial"
}
trap cleanup EXIT
# PIPE: whoever asked for this is gone.
trap 'exit 1' HUP INT TERM PIPE

# Somebody may have put something else into the store that never ends, or that is unpacked without an end: no more is fetched than
# the disk packed badly, and no more is written than the disk. Of ulimit -f, blocks of 512 bytes.
most_packed=$((size_bytes + size_bytes / 64 + 1048576))
most_blocks=$(((size_bytes + 511) / 512))

# What this script answers on; in a pipe standard output is another.
exec 4>&1
# Asked of a store once: one that knows no ranges is asked for all of it again.
ranges=yes

# In the background, so that this shell can tell how far it is. What is unpacked is read again: zstd need not look at its own sum.
pull() {
  fetch | sh -c 'echo $$ >"$1/zstd.pid"; trap "" XFSZ; ulimit -f "$3"; exec zstd -d -q -f --no-check --sparse -o "$2" 2>"$1/zstd.err" 4>&-' \
    sh "$work" "$partial" "$most_blocks" || echo $? >"$work/zstd.failed"
}

# The object to standard output. After a cut it goes on where it stopped: who unpacks it has not noticed. Three tries in a row may
# bring nothing.
fetch() {
  had=0 tries=0
  while :; do
    code=0
    fetch_from "$had" || code=$?
    [ "$code" != 0 ] || return 0
    got=0
    # The body of a refusal goes nowhere.
    if [ "$code" != 22 ]; then got=$(cat "$work/curl.got"); fi
    had=$((had + got))
    if [ "$got" -gt 0 ]; then tries=0; fi
    tries=$((tries + 1))
    if [ "$tries" -ge 3 ] || ! worth_again "$code" || { [ "$ranges" = no ] && [ "$had" -gt 0 ]; }; then
      echo "$code" >"$work/curl.failed"
      return 0
    fi
    answer status "$(cat "$work/curl.err"), going on after $had bytes" >&4
    sleep $((tries * 2))
  done
}

fetch_from() {
  printf '%s\n' "$curl_config" | sh -c 'echo $$ >"$1/curl.pid"; exec curl --fail --silent --show-error --connect-timeout 15 \
    --max-filesize "$2" --speed-limit 1024 --speed-time 60 --continue-at "$3" --output /dev/fd/3 --write-out "%{size_download}" \
    --config - 2>"$1/curl.err"' sh "$work" "$((most_packed - $1))" "$1" 3>&1 >"$work/curl.got" 4>&-
}

# Network and server troubles are worth another try; a refusal (4xx) is not.
worth_again() {
  case $1 in
    5 | 6 | 7 | 16 | 18 | 28 | 35 | 52 | 55 | 56 | 92) return 0 ;;
    22) grep -q 'error: 5[0-9][0-9]' "$work/curl.err" ;;
    *) return 1 ;;
  esac
}

# Makes a hole of all that is not data, so that it is zeros whatever was there: nobody needs to read it then. False where the data is
# not known or the file system has no holes: all has to be read.
leave_only_data() {
  [ -n "$data_sha256" ] && command -v fallocate >/dev/null 2>&1 || return 1
  end=0
  for stretch in $data_stretches "$(((size_bytes + 1048575) / 1048576))+0"; do
    first=${stretch%+*}
    if [ "$first" -gt "$end" ]; then
      fallocate --punch-hole --offset "${end}MiB" --length "$((first - end))MiB" "$partial" 2>/dev/null || return 1
    fi
    end=$((first + ${stretch#*+}))
  done
}

# Who has a dd that fails is told so: what it left out would look like another disk. Not every dd knows status=none.
data_of() {
  for stretch in $data_stretches; do
    dd if="$1" bs=64k skip="$((${stretch%+*} * 16))" count="$((${stretch#*+} * 16))" 2>"$work/dd.err" ||
      { : >"$work/dd.failed"; return 0; }
  done
}

try=1
while :; do
  rm -f -- "$partial" "$work"/*
  pull &
  puller=$!
  while kill -0 "$puller" 2>/dev/null; do
    answer progress "$(stat -c %s -- "$partial" 2>/dev/null || echo 0)"
    sleep 0.5
  done
  wait "$puller" || :
  puller=
  [ -e "$work/curl.failed" ] || break
  failed=$(cat "$work/curl.failed")
  # 23: nobody took its bytes any more, and zstd says why.
  if [ -e "$work/zstd.failed" ] && [ "$failed" = 23 ]; then break; fi
  # 33: the store sends no part of an object.
  if [ "$failed" = 33 ]; then ranges=no
  elif [ "$ranges" = yes ] || [ "$try" -ge 3 ] || ! worth_again "$failed"; then
    fail "can't fetch the disk from the store: $(cat "$work/curl.err") (curl exit code $failed)"
  fi
  answer status "$(cat "$work/curl.err"), trying again"
  sleep $((try * 2))
  try=$((try + 1))
done
[ ! -e "$work/zstd.failed" ] || fail "can't unpack the disk into $pool_path: $(cat "$work/zstd.err")"

answer status "checking"
found_size=$(stat -c %s -- "$partial")
[ "$found_size" = "$size_bytes" ] || fail "the disk has $found_size bytes instead of $size_bytes: the object in the store is not what was built"
if leave_only_data; then
  found_sha256=$(data_of "$partial" | sha256) wanted_sha256=$data_sha256 what="the disk's data"
  [ ! -e "$work/dd.failed" ] || fail "can't read in $pool_path what was just written there: $(cat "$work/dd.err")"
else
  found_sha256=$(sha256 <"$partial") wanted_sha256=$sha256 what="the disk"
fi
[ "$found_sha256" = "$wanted_sha256" ] ||
  fail "$what has sha256 $found_sha256 instead of $wanted_sha256: the object in the store is not what was built"

# As a volume that libvirt makes: owned like its pool, labelled for its place.
chmod 0644 -- "$partial"
if [ "$(id -u)" = 0 ]; then chown --reference="$pool_path" -- "$partial"; fi
if command -v restorecon >/dev/null 2>&1; then restorecon -- "$partial" || fail "can't label $partial for SELinux"; fi
sync -- "$partial"

read_mark
[ "$holder" = "$found" ] ||
  fail "somebody made or changed volume \"$name\" of storage pool \"$pool\" while the disk was pulled; run again to hear whose it is"
# The mark comes before the volume: a cut leaves a mark without a volume, never a volume without an owner.
print=$(fingerprint "$partial")
if [ "$found" = ours ]; then
  refuse_if_used
  write_mark "$(fingerprint "$final"),$print"
  mv -f -- "$partial" "$final"
else
  write_mark "$print"
  # Some end with 1 when they leave the other file alone, some with 0.
  mv -n -- "$partial" "$final" || :
  [ ! -e "$partial" ] || fail "somebody made volume \"$name\" of storage pool \"$pool\" just now; run again to hear whose it is"
fi
write_mark "$print"
refresh_pool
describe_volume
