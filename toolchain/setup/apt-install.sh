#!/usr/bin/env bash
# Run as root by system-packages.sh: installs Debian packages without starting or enabling the services they bring.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

installed() { dpkg-query -W -f '${Package}\n' | LC_ALL=C sort; }

# Debian asks this file before it starts a service; 101 means no. One that is there already is the administrator's.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

before=$(installed)
apt-get update
apt-get install -y --no-install-recommends "$@"

if [ -d /run/systemd/system ]; then
  comm -13 <(printf '%s\n' "$before") <(installed) | xargs -r dpkg -L |
    sed -n 's|^\(/usr\)\?/lib/systemd/system/\([^/@]*\.\(service\|socket\|timer\)\)$|\2|p' | LC_ALL=C sort -u |
    xargs -r systemctl disable --quiet
fi
