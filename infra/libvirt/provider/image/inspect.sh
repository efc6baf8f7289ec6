# Answers with the volume as libvirt sees it now, that it is gone, or why it is not the one that the state knows.
set -eu
need virsh readlink stat
find_pool
final=$pool_path/$name
judge
if [ -n "$why_not" ]; then
  answer kept "$why_not"
else
  refresh_pool
  describe_volume
fi
