# What a hypervisor and its pools are, however they are reached.

# The machine: its own id. libvirt's host UUID comes from the firmware, and is another one at each start where that has none.
machine_id() {
  machine=$(cat /etc/machine-id 2>/dev/null || :)
  case $machine in
    *[!0-9a-f]* | '')
      machine=$(vsh capabilities | sed -n 's/^ *<uuid>\([0-9a-f-]*\)<\/uuid>.*/\1/p' | sed -n 1p)
      [ -n "$machine" ] || fail "the hypervisor $(uname -n) has no /etc/machine-id; run systemd-machine-id-setup there"
      ;;
  esac
  printf '%s\n' "$machine"
}

describe_place() {
  machine=$(machine_id) || exit 1
  answer place "$machine" "$pool_uuid" "$pool"
}
