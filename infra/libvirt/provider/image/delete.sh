# Deletes the volume if it is still the one that the state knows and nobody uses it, and what a broken run may have left of
# it; gone already is fine.
set -eu
need virsh readlink stat
find_pool
final=$pool_path/$name
remove_stale
judge
if [ -n "$why_not" ]; then
  answer kept "$why_not"
  exit 0
fi
refresh_pool
if [ "$holder" != nobody ]; then
  refuse_if_used
  if said=$(vsh vol-delete --pool "$pool" "$name" 2>&1); then :; else
    case $said in
      *"Storage volume not found"* | *"no storage vol with matching"*) ;;
      *) fail "can't delete volume \"$name\" of storage pool \"$pool\": $said" ;;
    esac
  fi
fi
# After the volume: a mark without a volume holds nobody up, a volume without a mark is nobody's.
if [ -n "$identity" ]; then remove_mark; fi
answer gone
