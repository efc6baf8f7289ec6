# Answers with the volume as libvirt sees it now.
set -eu
need virsh
find_pool
refresh_pool
describe_volume
