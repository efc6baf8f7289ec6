# Answers with the place, and with each volume of these names that is there and whose it is. Changes nothing. Set before: names.
set -eu
need virsh readlink stat
find_pool
describe_place
for name in $names; do
  final=$pool_path/$name
  read_mark
  if [ "$holder" = nobody ]; then continue; fi
  if [ -n "$mark_identity" ] && fits; then answer image "$name" "$mark_identity"; else answer image "$name"; fi
done
