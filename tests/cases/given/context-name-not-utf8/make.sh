#!/bin/sh
set -eu
mkdir -p "$1" && cd "$1"
printf 'FROM registry.example.org/copr/base:44\nCOPY rootfs/ /\n' > Containerfile
mkdir -p rootfs/etc
printf x > "$(printf 'rootfs/etc/\351')"
