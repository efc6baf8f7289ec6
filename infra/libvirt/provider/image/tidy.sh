# Removes half volumes that broken runs of this stack left.
set -eu
need virsh
find_pool
remove_stale
answer gone
