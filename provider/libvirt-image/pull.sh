# Pulls a disk from the store into the pool. Set before: size_bytes data_bytes sha256; curl_config (secret: holds the URL).
set -eu
need virsh curl zstd sha256sum stat df
find_pool
[ -w "$pool_path" ] ||
  fail "user $(id -un) can't write to $pool_path, the folder of storage pool \"$pool\"; let them, or use a URI with another user"
final=$pool_path/$name
partial=$final.partial.$$
remove_stale

# openssl knows the processor's own instructions, which some builds of sha256sum do not: a quarter of the time.
sha256_of() {
  if command -v openssl >/dev/null 2>&1; then openssl dgst -sha256 -r "$1"; else sha256sum -- "$1"; fi | cut -d ' ' -f 1
}

if [ -e "$final" ]; then
  # Left by a run that was killed after its work was done, or somebody else's.
  answer status "checking the volume that is there"
  found_size=$(stat -c %s -- "$final")
  if [ "$found_size" != "$size_bytes" ] || [ "$(sha256_of "$final")" != "$sha256" ]; then
    fail "volume \"$name\" of storage pool \"$pool\" is there already with other content ($found_size bytes)." \
      "If nobody needs it: virsh -c '$uri' vol-delete --pool '$pool' '$name'"
  fi
  refresh_pool
  describe_volume
  exit 0
fi

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

# In the background, so that this shell can tell how far it is.
pull() {
  {
    printf '%s\n' "$curl_config" | sh -c 'echo $$ >"$1/curl.pid"; exec curl --fail --silent --show-error \
      --connect-timeout 15 --speed-limit 1024 --speed-time 60 --config - 2>"$1/curl.err"' sh "$work" || echo $? >"$work/curl.failed"
  } | sh -c 'echo $$ >"$1/zstd.pid"; exec zstd -d -q -f --sparse -o "$2" 2>"$1/zstd.err"' sh "$work" "$partial" ||
    echo $? >"$work/zstd.failed"
}

# Network and server troubles are worth another try, with an empty file; a refusal (4xx) is not.
worth_again() {
  case $(cat "$work/curl.failed") in
    5 | 6 | 7 | 16 | 18 | 28 | 35 | 52 | 55 | 56 | 92) return 0 ;;
    22) grep -q 'error: 5[0-9][0-9]' "$work/curl.err" ;;
    *) return 1 ;;
  esac
}

try=1
while :; do
  rm -f -- "$partial" "$work"/*
  pull &
  puller=$!
  while kill -0 "$puller" 2>/dev/null; do
    answer progress "$(stat -c %s -- "$partial" 2>/dev/null || echo 0)"
    sleep 0.2
  done
  wait "$puller" || :
  puller=
  [ -e "$work/curl.failed" ] || break
  if [ "$try" -ge 3 ] || ! worth_again; then
    fail "can't fetch the disk from the store: $(cat "$work/curl.err") (curl exit code $(cat "$work/curl.failed"), try $try of 3)"
  fi
  answer status "$(cat "$work/curl.err"), trying again"
  sleep $((try * 2))
  try=$((try + 1))
done
[ ! -e "$work/zstd.failed" ] || fail "can't unpack the disk into $pool_path: $(cat "$work/zstd.err")"

answer status "checking"
found_size=$(stat -c %s -- "$partial")
[ "$found_size" = "$size_bytes" ] || fail "the disk has $found_size bytes instead of $size_bytes: the object in the store is not what was built"
found_sha256=$(sha256_of "$partial")
[ "$found_sha256" = "$sha256" ] || fail "the disk has sha256 $found_sha256 instead of $sha256: the object in the store is not what was built"

# As a volume that libvirt makes: owned like its pool, labelled for its place.
chmod 0644 -- "$partial"
if [ "$(id -u)" = 0 ]; then chown --reference="$pool_path" -- "$partial"; fi
if command -v restorecon >/dev/null 2>&1; then restorecon -- "$partial" || fail "can't label $partial for SELinux"; fi
sync -- "$partial"
mv -- "$partial" "$final"
sync -- "$pool_path"
refresh_pool
describe_volume
