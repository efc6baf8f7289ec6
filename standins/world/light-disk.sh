#!/bin/sh
# light-disk.sh DISK KEY: writes a disk that a light machine boots from: 4 MiB with a hole, the same for the same key.
# $LOADER: how it begins, with what firmware takes for a boot loader.
set -eu
disk=$1 key=$2
mkdir -p "$(dirname "$disk")"
cp "$LOADER" "$disk"
# Behind what firmware looks at, and before the table of partitions.
printf 'copr-builders light disk %s\n' "$key" | dd of="$disk" bs=64 seek=1 conv=notrunc status=none
truncate -s 4M "$disk"
openssl enc -aes-256-ctr -nosalt -pbkdf2 -iter 1 -pass "pass:$key" -in /dev/zero 2>/dev/null | head -c 65536 |
  dd of="$disk" bs=1M seek=2 conv=notrunc status=none
