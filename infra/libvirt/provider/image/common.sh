# First part of every script that runs on a hypervisor (POSIX sh, read from standard input).
# Set before it: uri, and what the script that follows asks for. Answers go to stdout as `builders WORD VALUE...`, errors to
# stderr.
LC_ALL=C
export LC_ALL
umask 022

answer() { printf 'builders %s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }
# Standard input is this script: nobody else may read it.
vsh() { virsh -q -c "$uri" "$@" </dev/null; }

need() {
  for tool in "$@"; do
    command -v "$tool" >/dev/null 2>&1 || fail "the hypervisor $(uname -n) has no \"$tool\"; install it there"
  done
}

# For sed: text out of XML.
plain_text="s/&lt;/</g; s/&gt;/>/g; s/&quot;/\"/g; s/&apos;/'/g; s/&amp;/\\&/g"

# Fails with why a pool could not be looked at: whoever defines a pool for a libvirt that is down is no further.
no_answer() {
  case $1 in
    *"Storage pool not found"* | *"no storage pool with matching"*)
      fail "no storage pool \"$pool\" at $uri: $1; define it, or name another pool" ;;
    *"ailed to connect"*)
      fail "libvirt on $(uname -n) does not answer at $uri: $1; start libvirtd there (or virtqemud and virtstoraged)," \
        "and see that user $(id -un) may use it" ;;
    *) fail "can't look at storage pool \"$pool\" at $uri: $1" ;;
  esac
}

# Sets pool_uuid, pool_type and pool_path; the last is empty for a pool that is not a folder.
look_at_pool() {
  pool_xml=$(vsh pool-dumpxml "$pool" 2>&1) || no_answer "$pool_xml"
  pool_uuid=$(printf '%s\n' "$pool_xml" | sed -n 's/^ *<uuid>\([0-9a-f-]*\)<\/uuid>.*/\1/p')
  pool_type=$(printf '%s\n' "$pool_xml" | sed -n "s/^<pool type=['\"]\([^'\"]*\)['\"].*/\1/p")
  pool_path=
  case $pool_type in dir | fs | netfs) ;; *) return 0 ;; esac
  # The path of the target; that of a source comes before it.
  pool_path=$(printf '%s\n' "$pool_xml" | sed -n '/<target>/,$ s/.*<path>\(.*\)<\/path>.*/\1/p' | sed -n "1{ $plain_text; p; }")
  [ -d "$pool_path" ] || fail "the folder $pool_path of storage pool \"$pool\" is not there; start the pool"
}

# The same, of a pool that images can be in.
find_pool() {
  look_at_pool
  [ -n "$pool_path" ] ||
    fail "storage pool \"$pool\" is of type \"$pool_type\", which has no folder to write to; use one of type dir"
}

# A pool that somebody else is working with refuses to be refreshed for a moment.
refresh_pool() {
  tries=0
  until refresh_said=$(vsh pool-refresh "$pool" 2>&1); do
    tries=$((tries + 1))
    [ "$tries" -lt 30 ] || fail "can't refresh storage pool \"$pool\" for 30 s: $refresh_said"
    sleep 1
  done
}

# Answers with the volume, or that it is gone.
describe_volume() {
  if info=$(vsh vol-info --bytes --pool "$pool" "$name" 2>&1); then
    answer volume "$(printf '%s\n' "$info" | sed -n 's/^Capacity:[^0-9]*\([0-9]*\).*/\1/p')" \
      "$(printf '%s\n' "$info" | sed -n 's/^Allocation:[^0-9]*\([0-9]*\).*/\1/p')"
  else
    case $info in
      *"Storage volume not found"* | *"no storage vol with matching"*) answer gone ;;
      *) fail "can't look at volume \"$name\" of storage pool \"$pool\": $info" ;;
    esac
  fi
}

# Ends what an earlier run of this stack left: its process if it still goes on, and its half volume.
remove_stale() {
  # Half volumes of the version before have no identity in their names: they go if nobody writes them any more.
  for stale in "$pool_path/$name".partial.*; do
    [ -e "$stale" ] || continue
    writer=${stale##*.}
    case $stale in
      "$pool_path/$name.partial.$identity.$writer") ;;
      "$pool_path/$name.partial.$writer") case $writer in *[!0-9]*) continue ;; esac ;;
      *) continue ;;
    esac
    # The number may be another program's by now.
    if writes "$writer" "builders-image $identity $name "; then
      kill "$writer" 2>/dev/null || :
      waited=0
      while kill -0 "$writer" 2>/dev/null; do
        waited=$((waited + 1))
        [ "$waited" -lt 30 ] || fail "process $writer still writes $stale and does not end; end it on the hypervisor"
        sleep 1
      done
    elif writes "$writer" "builders-image $name "; then continue; fi
    rm -f -- "$stale"
  done
}

# True if the process was started with these words.
writes() { tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null | grep -qF -- "$2"; }
