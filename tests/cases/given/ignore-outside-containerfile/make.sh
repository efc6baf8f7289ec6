#!/bin/sh
set -eu
mkdir -p "$1" && cd "$1"
mkdir files far
printf 'FROM scratch\nCOPY . /\n' > far/Containerfile
for name in one.txt two.txt; do echo $name > files/$name; done
echo two.txt > far/Containerfile.containerignore
echo one.txt > files/.containerignore
