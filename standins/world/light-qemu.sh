#!/bin/sh
# In the place of qemu, for libvirt: a guest with a forwarded port is a light machine behind that port, beside a real qemu
# process that libvirt talks to and that boots nothing: its firmware halts at once, where there is one that does ($HALT).
# Everything else, as libvirt's questions, is the real qemu's.
port=$(printf '%s\n' "$@" | sed -n 's/.*hostfwd=tcp:127.0.0.1:\([0-9]*\)-:22.*/\1/p')
[ -n "$port" ] || exec "$REAL_QEMU" "$@"
# It ends with this process, which becomes qemu.
setpriv --pdeathsig KILL "$LIGHT_PYTHON" -B "$LIGHT_GUEST" "$port" "$@" &
for argument; do
  shift
  # The port is the light machine's.
  set -- "$@" "$(printf %s "$argument" | sed 's/,hostfwd=[^,]*//')"
done
exec "$REAL_QEMU" "$@" ${HALT:+-bios "$HALT"}
