#!/bin/sh
set -eu
mkdir -p "$1" && cd "$1"
mkdir files; echo x > files/a; printf 'FROM registry.example.org/copr/base:44\nCOPY a /a\n' > Containerfile; ln -s ../Containerfile files/linked
