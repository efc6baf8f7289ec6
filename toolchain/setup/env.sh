# Writes .local/env.sh, the one file to source before working by hand. Sourced by setup.sh.

setup_env() {
  step "Environment" "after sourcing it, plain pulumi commands work"
  mkdir -p "$repo/.local/state"
  {
    cat <<'TEXT'
# Written by toolchain/setup.sh for bash and zsh:  source .local/env.sh
# Sends pulumi to the local state, tools and services of this checkout.
TEXT
    if [ "$pulumi" = "$tools/bin/pulumi" ]; then
      printf 'case "$PATH:" in %s:*) ;; *) export PATH=%s:"$PATH" ;; esac\n' "$(quoted "$tools/bin")" "$(quoted "$tools/bin")"
    fi
    cat <<TEXT
export PULUMI_HOME=$(quoted "$pulumi_home")
export PULUMI_BACKEND_URL=$(quoted "file://$repo/.local/state")
# No secret: the local stack protects nothing, and its settings must open on every machine.
export PULUMI_CONFIG_PASSPHRASE=local
export PULUMI_SKIP_UPDATE_CHECK=1
# Outputs are for programs, and the ledger among them is long: "pulumi stack output" prints them.
export PULUMI_OPTION_SUPPRESS_OUTPUTS=true
export LIBVIRT_DEFAULT_URI=$(quoted "qemu+unix:///system?socket=$repo/.local/libvirt/run/libvirt-sock")
TEXT
  } >"$repo/.local/env.sh.new"
  mv "$repo/.local/env.sh.new" "$repo/.local/env.sh"
  note "by hand: source .local/env.sh"
}

# quoted TEXT: as one word for a shell.
quoted() { printf "'%s'" "${1//\'/\'\\\'\'}"; }
