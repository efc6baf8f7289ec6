# Whose a volume is: a link beside it that leads nowhere, NAME.owner, whose text is
# `copr-builders IDENTITY SHA256 FINGERPRINT[,FINGERPRINT] RESOURCE`. libvirt does not show such links as volumes.
# Set before: identity (empty: a volume from before there were marks), resource and sha256 (each may be empty: any).

# Changes when somebody replaces the volume or writes to it.
fingerprint() { stat -c %s-%Y -- "$1"; }

# Looks at the volume $final. Sets mark_identity mark_sha256 mark_prints mark_resource, empty where there is no mark, and
# holder: nobody (no such volume), unmarked, other (another stack's), changed (ours, until somebody changed it) or ours.
read_mark() {
  mark_identity='' mark_sha256='' mark_prints='' mark_resource=''
  mark=$(readlink -- "$final.owner" 2>/dev/null || :)
  case $mark in
    "copr-builders "*)
      read -r _ mark_identity mark_sha256 mark_prints mark_resource <<END
$mark
END
      ;;
  esac
  if [ ! -e "$final" ]; then holder=nobody
  elif [ -z "$mark_identity" ]; then holder=unmarked
  elif [ "$mark_identity" != "$identity" ]; then holder=other
  elif fits; then holder=ours
  else holder=changed; fi
}

# True if the volume is the one that was marked.
fits() { case ",$mark_prints," in *",$(fingerprint "$final"),"*) ;; *) return 1 ;; esac }

# Marks the volume $final as ours, with these fingerprints. At once: nobody ever sees half a mark.
write_mark() {
  case $(readlink -- "$final.owner" 2>/dev/null || :) in
    "copr-builders "*) ;;
    *)
      if [ -e "$final.owner" ] || [ -L "$final.owner" ]; then
        fail "$final.owner is there and is not a mark of ours: move it away"
      fi
      ;;
  esac
  rm -f -- "$final.owner.$identity"
  { ln -s -- "copr-builders $identity $sha256 $1 $resource" "$final.owner.$identity" &&
    mv -fT -- "$final.owner.$identity" "$final.owner"; } || fail "can't write $final.owner, which says whose volume it is"
  sync -- "$pool_path"
}

# Removes our mark, and one that was cut off while it was written.
remove_mark() {
  rm -f -- "$final.owner.$identity"
  if [ "$mark_identity" = "$identity" ]; then rm -f -- "$final.owner"; fi
}

# Sets why_not: why the volume that is there is not the one that the state knows; empty if it is.
judge() {
  read_mark
  why_not=
  case $holder in
    nobody) ;;
    other) why_not="it belongs to $mark_resource of the stack with the identity $mark_identity" ;;
    changed) why_not="somebody changed or replaced it after it was made" ;;
    unmarked)
      if [ -n "$identity" ]; then why_not="it has no mark, so somebody replaced it or took the mark away"
      elif [ "$(stat -c %s -- "$final")" != "$size_bytes" ]; then
        why_not="it has $(stat -c %s -- "$final") bytes instead of $size_bytes, so somebody replaced it"
      fi
      ;;
    ours)
      if [ -n "$resource" ] && [ "$mark_resource" != "$resource" ]; then why_not="$mark_resource has taken it over"
      elif [ -n "$sha256" ] && [ "$mark_sha256" != "$sha256" ]; then why_not="it holds another disk by now"; fi
      ;;
  esac
}
