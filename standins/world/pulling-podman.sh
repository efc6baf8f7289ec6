#!/bin/sh
# podman on a worker that pulls: the real one, for all but the two containers of a job, which no sandbox runs. In the place of
# the image builder it pulls that one, and writes a disk that has the files of the built image behind what is booted from.
set -eu
echo "$*" >>"$PODMAN_STATE/calls"
export STORAGE_DRIVER=vfs
[ "$1" = run ] || exec "$REAL_PODMAN" "$@"
case $* in *:/output*) ;; *) exit 125 ;; esac
builder=$(printf '%s\n' "$@" | grep '@sha256:')
for image in "$@"; do :; done
output=$(echo "$*" | sed 's/.* -v \([^ ]*\):\/output.*/\1/')
"$REAL_PODMAN" pull --quiet "$builder" >/dev/null
files=$("$REAL_PODMAN" image mount "$image")
sh "$LIGHT_DISK" "$output/image/disk.raw" "$(cat "$files/usr/lib/copr-builder/build-key")"
tar -C "$files" -c . | dd of="$output/image/disk.raw" bs=1M seek=3 conv=notrunc status=none
"$REAL_PODMAN" image unmount "$image" >/dev/null
