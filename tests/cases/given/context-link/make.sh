#!/bin/sh
set -eu
mkdir -p "$1" && cd "$1"
mkdir real; printf 'FROM registry.example.org/copr/base:44\nCOPY a /a\n' > real/Containerfile; echo x > real/a; ln -s real ctx
