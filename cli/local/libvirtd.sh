#!/bin/bash
# libvirtd.sh STATE KVM LIBVIRTD ARGUMENTS...: a libvirtd that shares nothing with one of the system.
# Called in a mount namespace of its own, where the folders that are compiled into libvirtd are ours.
set -euo pipefail
state=$1 kvm=$2
shift 2

for folder in etc/libvirt var/lib/libvirt var/cache/libvirt var/log/libvirt; do
  [[ -d /$folder ]] || { echo "/$folder is missing: is libvirt's daemon installed?" >&2 && exit 1; }
  mount --bind "$state/$folder" "/$folder"
done
mount --bind "$state/run" /run
# Where /dev/kvm runs no guest, libvirtd would try qemu on it again at every call, 4 s each, as long as it can write to it.
if [[ $kvm == no && -e /dev/kvm ]]; then
  touch "$state/no-kvm"
  mount --bind "$state/no-kvm" /dev/kvm
  mount -o remount,bind,ro /dev/kvm
fi
exec "$@"
