# Deletes the volume and what a broken run may have left of it; gone already is fine.
set -eu
need virsh
find_pool
remove_stale
refresh_pool
if said=$(vsh vol-delete --pool "$pool" "$name" 2>&1); then :; else
  case $said in
    *"Storage volume not found"* | *"no storage vol with matching"*) ;;
    *) fail "can't delete volume \"$name\" of storage pool \"$pool\": $said" ;;
  esac
fi
answer gone
