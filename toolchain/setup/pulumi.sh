# The Pulumi engine with its Node.js language host: the one on PATH, else built. Sourced by setup.sh.

readonly pulumi_version=3.246.0 pulumi_wanted=3.200.0

# Where the pulumi is that the project uses; set by setup_pulumi.
pulumi=

setup_pulumi() {
  step "Pulumi engine" "plans, and keeps the state"
  if find_pulumi; then
    # One built here earlier must not come first again.
    rm -f "$tools/bin/pulumi" "$tools/bin"/pulumi-*
    note "using $pulumi $(pulumi_version_of "$pulumi")"
    return
  fi
  note "no pulumi $pulumi_wanted or newer with its Node.js host on PATH: building $pulumi_version (a few minutes, once)"
  go_build pulumi engine "$tools/bin/pulumi" github.com/pulumi/pulumi/pkg/v3/cmd/pulumi \
    "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v$pulumi_version"
  go_build pulumi-language-nodejs language-nodejs "$tools/bin/pulumi-language-nodejs" . "-X main.version=$pulumi_version"
  install -m 755 "$here/language-nodejs/pulumi-resource-pulumi-nodejs" "$tools/bin/"
  pulumi=$tools/bin/pulumi
}

# find_pulumi: one that the user has installed, not ours from an earlier run.
find_pulumi() {
  local candidate
  while read -r candidate; do
    [ "$candidate" -ef "$tools/bin/pulumi" ] && continue
    [ -x "$(dirname "$(readlink -f "$candidate")")/pulumi-language-nodejs" ] || [ -x "$(dirname "$candidate")/pulumi-language-nodejs" ] || continue
    at_least "$(pulumi_version_of "$candidate")" "$pulumi_wanted" || continue
    pulumi=$candidate
    return 0
  done < <(type -ap pulumi || true)
  return 1
}

pulumi_version_of() { PULUMI_SKIP_UPDATE_CHECK=1 "$1" version 2>/dev/null | sed -n 's/^v\([0-9.]*\).*/\1/p'; }
