#!/bin/sh
# light-disk.sh DISK KEY: writes a disk that a light machine boots from: 4 MiB with a hole, the same for the same key.
# $LOADER: how it begins, for firmware that is no BIOS.
set -eu
disk=$1 key=$2
mkdir -p "$(dirname "$disk")"
: >"$disk"
if [ -n "$LOADER" ]; then
  cp "$LOADER" "$disk"
else
  # What a BIOS takes for a boot loader: code in the first sector, an active partition, a signature.
  printf '\200\0\0\0\203\0\0\0\0\010\0\0\0\020\0\0' | dd of="$disk" bs=1 seek=446 conv=notrunc status=none
  printf '\125\252' | dd of="$disk" bs=1 seek=510 conv=notrunc status=none
fi
printf 'copr-builders light disk %s\n' "$key" | dd of="$disk" conv=notrunc status=none
truncate -s 4M "$disk"
openssl enc -aes-256-ctr -nosalt -pbkdf2 -iter 1 -pass "pass:$key" -in /dev/zero 2>/dev/null | head -c 65536 |
  dd of="$disk" bs=1M seek=2 conv=notrunc status=none
