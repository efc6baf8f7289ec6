#!/usr/bin/env bash
# Gets a machine ready: everything that `npm run local` and `npm test` need, and nothing twice. Run it as often as you
# like. Root is used only to install system packages; all else stays in this checkout (.tools, .local, node_modules) and
# in the caches of npm and Go. To start over, delete .tools. `setup.sh tests` adds what only the tests need.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
repo=$(dirname "$here")
tools=$repo/.tools
pulumi_home=$tools/pulumi-home
for part in say system-packages node go pulumi plugins python-modules env; do
  # shellcheck source=/dev/null
  source "$here/setup/$part.sh"
done

mkdir -p "$tools/bin" "$tools/log" "$pulumi_home"
# Two at once would build into each other.
exec 9>"$tools/setup.lock"
if have flock && ! flock -n 9; then
  note "another set-up is running in this checkout: waiting for it"
  flock 9
fi

package_lists=("$here/setup/packages.txt")
if [ "${1:-}" = tests ]; then package_lists+=("$here/setup/test-packages.txt"); fi
check_machine
# Builds go on in the background while packages and modules come in.
setup_pulumi
setup_system_packages
setup_node
if [ "${1:-}" = tests ]; then
  setup_aws_emulator
  setup_openstack
fi
step "S3 server" "the artifact store, over a folder"
go_build versitygw versitygw "$tools/bin/versitygw" github.com/versity/versitygw/cmd/versitygw
if [ "${1:-}" = tests ]; then
  go_build actionlint actionlint "$tools/bin/actionlint" github.com/rhysd/actionlint/cmd/actionlint
fi
begin_libvirt_bridge
await_builds
setup_plugins
setup_env
printf '[%3ds] ready\n' "$SECONDS"
