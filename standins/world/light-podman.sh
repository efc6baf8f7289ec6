#!/bin/sh
# Stands in for podman on the worker: a "build" notes the key, a "disk" is that of light-disk.sh.
# $PODMAN_STATE: what it knows.
set -eu
echo "$*" >>"$PODMAN_STATE/calls"
at() { printf '%s/image-%s' "$PODMAN_STATE" "$(printf %s "$1" | tr '/:' '__')"; }
case "$1 ${2:-}" in
"image inspect")
  [ -e "$(at "$3")" ] || exit 125
  key=$(cat "$(at "$3")")
  printf '[{"Id":"%s","Digest":"sha256:%s","Labels":{"io.copr-builders.build-key":"%s"}}]\n' "$key" "$key" "$key"
  ;;
"image exists") [ -e "$(at "$3")" ] ;;
"build "*)
  tag=$(echo "$*" | sed -n 's/.* -t \([^ ]*\).*/\1/p')
  echo "$*" | sed -n 's/.*build-key=\([0-9a-f]*\).*/\1/p' >"$(at "$tag")"
  ;;
"run "*)
  case $* in *:/output*) ;; *) exit 125 ;; esac
  for image in "$@"; do :; done
  output=$(echo "$*" | sed 's/.* -v \([^ ]*\):\/output.*/\1/')
  key=$(cat "$(at "$image")")
  sh "$LIGHT_DISK" "$output/image/disk.raw" "$key"
  ;;
rmi*)
  for image in "$@"; do :; done
  rm -f "$(at "$image")"
  ;;
"ps "*) echo '[]' ;;
"rm "*) ;;
*) exit 125 ;;
esac
