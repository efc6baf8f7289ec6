# Provider plugins: the official ones where Pulumi can install them, else what stands in. Sourced by setup.sh.

readonly libvirt_version=0.5.4 command_version=1.2.1

setup_plugins() {
  step "Provider plugins" "libvirt and aws make machines, command talks to them"
  if official libvirt "$libvirt_version"; then
    note "libvirt $libvirt_version: the official plugin"
  else
    go_build libvirt-bridge libvirt-bridge "$(plugin_path libvirt "$libvirt_version")" .
    await_builds
    note "libvirt $libvirt_version: built from the Terraform provider (the official plugin can't be reached)"
  fi
  stand_in command "$command_version"
  # A plugin must be of its module's own version.
  local aws_version
  aws_version=$(node -p 'require(process.argv[1]).version' "$repo/node_modules/@pulumi/aws/package.json")
  # 200 MB: against a real account nobody wants the stand-in because a line was slow.
  stand_in aws "$aws_version" 600
}

# stand_in NAME VERSION [SECONDS]: the official plugin if it can be had in that time, or else tools/NAME-plugin.
stand_in() {
  if official "$@"; then
    note "$1 $2: the official plugin"
  else
    write_launcher "$1" "$(plugin_path "$1" "$2")"
    note "$1 $2: tools/$1-plugin stands in (the official plugin can't be reached)"
  fi
}

# plugin_path NAME VERSION: where Pulumi looks for the program of a plugin.
plugin_path() { printf '%s/plugins/resource-%s-v%s/pulumi-resource-%s' "$pulumi_home" "$1" "$2" "$1"; }

# official NAME VERSION [SECONDS]: is Pulumi's own plugin there, or can it be had in that time? A "no" is remembered as
# long as .tools is kept.
official() {
  local plugin=$1-$2
  if stamped "no-plugin-$plugin" unreachable; then return 1; fi
  if [ -e "$(plugin_path "$1" "$2")" ]; then return 0; fi
  if reaches_pulumi &&
    PULUMI_HOME=$pulumi_home PULUMI_SKIP_UPDATE_CHECK=1 timeout "${3:-15}" \
      "$pulumi" plugin install resource "$1" "$2" >"$tools/log/plugin-$plugin.log" 2>&1; then
    return 0
  fi
  rm -rf "$(dirname "$(plugin_path "$1" "$2")")"*
  stamp "no-plugin-$plugin" unreachable
  return 1
}

# reaches_pulumi: not if its name is unknown here and no proxy would know it.
reaches_pulumi() {
  [ -n "${HTTPS_PROXY:-${https_proxy:-}}" ] || timeout 3 getent hosts get.pulumi.com >/dev/null
}

# write_launcher NAME PATH: runs the TypeScript program of tools/NAME-plugin from any folder: the engine starts a plugin in
# the folder of the Pulumi program, which may have no node_modules.
write_launcher() {
  mkdir -p "$(dirname "$2")"
  cat >"$2.new" <<LAUNCHER
#!/bin/sh
# Written by tools/setup.sh: Pulumi's $1 provider, as tools/$1-plugin stands in for it.
exec node --require $(quoted "$here/typescript/register.cjs") $(quoted "$here/$1-plugin/main.ts") "\$@"
LAUNCHER
  chmod 755 "$2.new"
  mv "$2.new" "$2"
}
