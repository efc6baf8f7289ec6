# Provider plugins: the official ones where Pulumi can install them, else what stands in. Sourced by setup.sh.

# A file beside a plugin's program that says that it isn't the official one.
readonly stand_in_mark=copr-builders-stand-in
# A refusal is believed for so long, minutes; then Pulumi is asked again.
readonly refusal_minutes=1440
# 200 MB for aws: against a real account nobody wants the stand-in because a line was slow.
readonly download_seconds=${COPR_BUILDERS_DOWNLOAD_SECONDS:-900}

# begin_libvirt_bridge: it takes a minute, which is none beside other builds. Where downloads are reached, Pulumi comes first: it
# fetches the official plugin.
begin_libvirt_bridge() {
  local version
  version=$(version_of sdks/libvirt)
  if ! reaches_downloads && ! official libvirt "$version"; then build_libvirt_bridge "$version"; fi
}

bridge_begun=no
build_libvirt_bridge() {
  if [ "$bridge_begun" = no ]; then go_build libvirt-bridge libvirt-bridge "$(plugin_path libvirt "$1")" .; fi
  bridge_begun=yes
}

setup_plugins() {
  step "Provider plugins" "libvirt and aws make machines, command talks to them"
  local libvirt_version command_version aws_version
  # A plugin must be of its module's own version.
  libvirt_version=$(version_of sdks/libvirt)
  command_version=$(version_of node_modules/@pulumi/command)
  aws_version=$(version_of node_modules/@pulumi/aws)
  if official libvirt "$libvirt_version"; then
    note "libvirt $libvirt_version: the official plugin"
  else
    build_libvirt_bridge "$libvirt_version"
    await_builds
    mark_stand_in libvirt "$libvirt_version"
    note "libvirt $libvirt_version: built from the Terraform provider ($why_not)"
  fi
  stand_in command "$command_version"
  stand_in aws "$aws_version"
}

version_of() { node -p 'require(process.argv[1]).version' "$repo/$1/package.json"; }

# stand_in NAME VERSION: the official plugin if it can be had, or else standins/NAME-plugin.
stand_in() {
  if official "$@"; then
    note "$1 $2: the official plugin"
  else
    write_launcher "$1" "$(plugin_path "$1" "$2")"
    mark_stand_in "$1" "$2"
    note "$1 $2: standins/$1-plugin stands in ($why_not)"
  fi
}

# plugin_path NAME VERSION: where Pulumi looks for the program of a plugin.
plugin_path() { printf '%s/plugins/resource-%s-v%s/pulumi-resource-%s' "$pulumi_home" "$1" "$2" "$1"; }

mark_stand_in() { : >"$(dirname "$(plugin_path "$1" "$2")")/$stand_in_mark"; }

# is_stand_in PATH: by its mark, or as set-ups made them before there were marks: a launcher says so, and what was built
# instead of a download lies beside the note of that.
is_stand_in() {
  [ -e "$(dirname "$1")/$stand_in_mark" ] || head -c 512 "$1" | grep -aq 'plugin stands in for it' ||
    [ -e "$tools/stamps/no-plugin-$2" ]
}

# official NAME VERSION: is Pulumi's own plugin there, or can it be had? If not, $why_not says why.
official() {
  local plugin=$1-$2 path aside=$tools/plugins-aside
  path=$(plugin_path "$1" "$2")
  if [ -e "$path" ] && ! is_stand_in "$path" "$plugin"; then return 0; fi
  if from_home "$1" "$2" "$path"; then return 0; fi
  if refused_lately "$plugin"; then
    why_not="its download was refused; delete .tools/stamps/refused-$plugin to ask again before tomorrow"
    return 1
  fi
  if ! reaches_downloads; then
    why_not="no network reaches its download"
    return 1
  fi
  # Pulumi does not fetch what it finds in its place.
  rm -rf "$aside"
  mkdir -p "$aside"
  if [ -e "$path" ]; then mv "$(dirname "$path")" "$aside/$plugin"; fi
  note "$1 $2: fetching the official plugin (log: .tools/log/plugin-$plugin.log)"
  local ended=0
  PULUMI_HOME=$pulumi_home PULUMI_SKIP_UPDATE_CHECK=1 timeout "$download_seconds" \
    "$pulumi" plugin install resource "$1" "$2" >"$tools/log/plugin-$plugin.log" 2>&1 || ended=$?
  if [ "$ended" -eq 0 ] && [ -e "$path" ]; then
    rm -rf "$aside" "$tools/stamps/no-plugin-$plugin" "$tools/stamps/refused-$plugin"
    return 0
  fi
  rm -rf "$(dirname "$path")"*
  if [ -e "$aside/$plugin" ]; then mv "$aside/$plugin" "$(dirname "$path")"; fi
  # Out of time is not a refusal: the next set-up tries again.
  if [ "$ended" -eq 124 ]; then
    why_not="its download took more than $download_seconds s"
  else
    why_not="its download is refused, see .tools/log/plugin-$plugin.log"
    stamp "refused-$plugin" refused
  fi
  return 1
}

# from_home NAME VERSION PATH: the user's own Pulumi may have it; its files are linked, since Pulumi passes over folders
# that are links.
from_home() {
  local home=${HOME:-}/.pulumi
  if [ -n "${PULUMI_HOME:-}" ] && [ "$PULUMI_HOME" != "$pulumi_home" ]; then home=$PULUMI_HOME; fi
  local folder=$home/plugins/resource-$1-v$2
  [ -x "$folder/pulumi-resource-$1" ] && [ ! -e "$folder.partial" ] || return 1
  ! is_stand_in "$folder/pulumi-resource-$1" none || return 1
  rm -rf "$(dirname "$3")"
  mkdir -p "$(dirname "$3")"
  ln -s "$folder"/* "$(dirname "$3")/"
  rm -f "$tools/stamps/no-plugin-$1-$2"
}

refused_lately() { [ -n "$(find "$tools/stamps/refused-$1" -mmin "-$refusal_minutes" 2>/dev/null)" ]; }

# reaches_downloads: does any host that Pulumi downloads from answer? Asked once, for 10 s at most: without a network, a
# set-up must not wait for each plugin. How long a download takes then is another question.
reaches_downloads() {
  if [ -z "${downloads_reached:-}" ]; then
    downloads_reached=no
    local host asked=()
    for host in ${COPR_BUILDERS_DOWNLOAD_HOSTS:-https://get.pulumi.com https://api.pulumi.com https://api.github.com}; do
      curl --silent --output /dev/null --max-time 10 "$host" &
      asked+=("$!")
    done
    for host in "${asked[@]}"; do
      if wait "$host"; then downloads_reached=yes; fi
    done
  fi
  [ "$downloads_reached" = yes ]
}

# write_launcher NAME PATH: runs the TypeScript program of standins/NAME-plugin from any folder: the engine starts a plugin in
# the folder of the Pulumi program, which may have no node_modules.
write_launcher() {
  mkdir -p "$(dirname "$2")"
  # What lies there may be a link to somebody else's.
  rm -f "$2"
  cat >"$2.new" <<LAUNCHER
#!/bin/sh
# Written by toolchain/setup.sh: Pulumi's $1 provider, as standins/$1-plugin stands in for it.
exec node --require $(quoted "$here/typescript/register.cjs") $(quoted "$repo/standins/$1-plugin/main.ts") "\$@"
LAUNCHER
  chmod 755 "$2.new"
  mv "$2.new" "$2"
}
