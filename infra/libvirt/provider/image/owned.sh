# Answers with everything that bears the identity exactly. Set before: identity, pools.
set -eu
need virsh readlink stat awk
measure() { [ ! -f "$1" ] || stat -c '%b %B %Y' -- "$1" 2>/dev/null | awk '{ print $1 * $2, $3 }'; }

domains=$(vsh list --all --name) || fail "can't list the domains of $uri"
machine=$(machine_id) || exit 1
printf '%s\n' "$domains" | while IFS= read -r domain; do
  case $domain in "$identity".*) answer owned domain "$machine" - "$domain" - ;; esac
done

printf '%s\n' "$pools" | while IFS= read -r pool; do
  look_at_pool
  volumes=$(vsh vol-list --pool "$pool") || fail "can't list the volumes of storage pool \"$pool\" of $uri; start the pool"
  printf '%s\n' "$volumes" | awk '{ print $1, $2 }' | while read -r name path; do
    # Bytes and time are for people: a volume that is not a file, or gone meanwhile, has neither.
    case $name in "$identity".*) answer owned volume "$pool_uuid" "$pool" "$name" - $(measure "$path") ;; esac
  done
  if [ -z "$pool_path" ]; then continue; fi
  for link in "$pool_path"/*.owner; do
    if [ ! -L "$link" ]; then continue; fi
    final=${link%.owner}
    read_mark
    case $holder in
      ours) answer owned image "$pool_uuid" "$pool" "${final##*/}" "$mark_resource" $(measure "$final") ;;
      nobody) if [ "$mark_identity" = "$identity" ]; then answer owned mark "$pool_uuid" "$pool" "${final##*/}" "$mark_resource"; fi ;;
    esac
  done
  for half in "$pool_path"/*.partial."$identity".*; do
    if [ ! -e "$half" ]; then continue; fi
    name=${half##*/} name=${name%".partial.$identity."*}
    if writes "${half##*.}" "builders-image $identity $name "; then continue; fi
    answer owned half "$pool_uuid" "$pool" "$name" - $(measure "$half")
  done
done
answer done
