#!/usr/bin/env bash
# guests.sh ARCH: gets this machine ready for guests of another architecture, which are emulated, and for making their images.
# As often as you like, after setup.sh. Root installs the packages and tells the kernel which program runs foreign ones.
set -euo pipefail

arch=${1:?usage: guests.sh ARCH}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
tools=$(dirname "$here")/.tools
for part in say system-packages; do
  # shellcheck source=/dev/null
  source "$here/setup/$part.sh"
done
mkdir -p "$tools/log"

package_lists=("$here/setup/guests-$arch.txt")
setup_system_packages

step "Programs of $arch" "their packages' scripts run while the images are made"
interpreters=/proc/sys/fs/binfmt_misc
if [ "$arch" = "$(uname -m)" ]; then
  note "they are this machine's own"
elif [ -e "$interpreters/qemu-$arch" ]; then
  note "the kernel knows what runs them"
else
  # Where systemd runs, it has done so when the packages came; in a container nobody has.
  mount="[ -e $interpreters/register ] || mount -t binfmt_misc binfmt_misc $interpreters"
  if have update-binfmts; then
    register="update-binfmts --import qemu-$arch; update-binfmts --enable qemu-$arch"
  else
    register="/usr/lib/systemd/systemd-binfmt"
  fi
  as_root "the kernel doesn't know what runs programs of $arch" "it can't be told what runs programs of $arch" binfmt.log \
    "{ $mount; } && { $register; }" bash -c "{ $mount; } && { $register; }"
  [ -e "$interpreters/qemu-$arch" ] || fail "$interpreters/qemu-$arch is still missing (what was said: .tools/log/binfmt.log)" \
    "A container may lack the right to mount it: register the interpreter on the machine itself."
fi
