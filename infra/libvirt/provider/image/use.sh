# Who uses a volume: domains, running or not, with the volume as a disk or below one.

# Fails if a domain uses the volume $final.
refuse_if_used() {
  users=$(users_of_volume) || fail "can't tell which domains use $final"
  [ -z "$users" ] || fail "volume \"$name\" of storage pool \"$pool\" is in use by $(printf '%s' "$users" | tr '\n' ',')" \
    "and stays: undefine what is not needed any more (virsh -c '$uri' undefine DOMAIN), then run again"
}

users_of_volume() {
  domains=$(vsh list --all --name) || return 1
  printf '%s\n' "$domains" | while IFS= read -r domain; do
    [ -n "$domain" ] || continue
    domain_xml=$(vsh dumpxml "$domain" 2>&1) || {
      case $domain_xml in *"failed to get domain"* | *"Domain not found"*) continue ;; esac
      fail "can't look at domain \"$domain\": $domain_xml"
    }
    # One that runs tells all that is below its disks.
    limit=32
    case ${domain_xml%%>*} in *" id='"*) case $domain_xml in *"<backingStore"*) limit=1 ;; esac ;; esac
    if printf '%s\n' "$domain_xml" | disks | leads_to_volume; then printf '%s\n' "$domain"; fi
  done
}

# Paths of the disks in a domain's XML on standard input, and of what is below them where it says so.
disks() {
  sed -n "/<source /{
    s/.* file='\([^']*\)'.*/path \1/; t plain
    s/.* dev='\([^']*\)'.*/path \1/; t plain
    s/.* pool='\([^']*\)' volume='\([^']*\)'.*/volume \1 \2/; t plain
    d
    :plain
    $plain_text; p
  }" | while read -r kind disk; do
    # A volume that is gone is below nothing.
    case $kind in
      path) printf '%s\n' "$disk" ;;
      volume) vsh vol-path --pool "${disk%% *}" "${disk#* }" 2>/dev/null || : ;;
    esac
  done
}

# True if one of the paths on standard input is $final, or a volume that is an overlay of it.
leads_to_volume() {
  while IFS= read -r disk; do
    depth=0
    while [ -n "$disk" ]; do
      if [ "$disk" = "$final" ] || [ "$disk" -ef "$final" ]; then return 0; fi
      depth=$((depth + 1))
      [ "$depth" -lt "$limit" ] || break
      # Only files in pools are known to libvirt.
      disk=$(vsh vol-dumpxml "$disk" 2>/dev/null |
        sed -n "/<backingStore>/,/<\/backingStore>/{ s/.*<path>\(.*\)<\/path>.*/\1/; t plain
          d
          :plain
          $plain_text; p
        }")
    done
  done
  return 1
}
