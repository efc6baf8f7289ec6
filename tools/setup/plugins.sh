# Provider plugins: the official ones where Pulumi can install them, else what stands in. Sourced by setup.sh.

readonly libvirt_version=0.5.4 command_version=1.2.1

setup_plugins() {
  step "Provider plugins" "libvirt makes guests, command talks to them"
  if official libvirt "$libvirt_version"; then
    note "libvirt $libvirt_version: the official plugin"
  else
    go_build libvirt-bridge libvirt-bridge "$(plugin_path libvirt "$libvirt_version")" .
    await_builds
    note "libvirt $libvirt_version: built from the Terraform provider (the official plugin can't be reached)"
  fi
  if official command "$command_version"; then
    note "command $command_version: the official plugin"
  else
    write_command_launcher "$(plugin_path command "$command_version")"
    note "command $command_version: tools/command-plugin stands in (the official plugin can't be reached)"
  fi
}

# plugin_path NAME VERSION: where Pulumi looks for the program of a plugin.
plugin_path() { printf '%s/plugins/resource-%s-v%s/pulumi-resource-%s' "$pulumi_home" "$1" "$2" "$1"; }

# official NAME VERSION: is Pulumi's own plugin there, or can it be had? A "no" is remembered as long as .tools is kept.
official() {
  local plugin=$1-$2
  if stamped "no-plugin-$plugin" unreachable; then return 1; fi
  if [ -e "$(plugin_path "$1" "$2")" ]; then return 0; fi
  if reaches_pulumi &&
    PULUMI_HOME=$pulumi_home PULUMI_SKIP_UPDATE_CHECK=1 timeout 15 \
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

# write_command_launcher PATH: runs the TypeScript program from any folder: the engine starts a plugin in the folder of the
# Pulumi program, which may have no node_modules.
write_command_launcher() {
  mkdir -p "$(dirname "$1")"
  cat >"$1.new" <<LAUNCHER
#!/bin/sh
# Written by tools/setup.sh: Pulumi's command provider, as tools/command-plugin stands in for it.
exec node --require $(quoted "$here/typescript/register.cjs") $(quoted "$here/command-plugin/main.ts") "\$@"
LAUNCHER
  chmod 755 "$1.new"
  mv "$1.new" "$1"
}
