# Node.js and the modules of package-lock.json. Sourced by setup.sh.

readonly node_wanted=20.19.0

setup_node() {
  step "Node modules" "everything here is TypeScript"
  have node && have npm || fail "node and npm are not on PATH" "Install Node.js $node_wanted or newer: https://nodejs.org/en/download"
  local version
  version=$(node -p process.versions.node)
  at_least "$version" "$node_wanted" ||
    fail "Node.js $version is too old, $node_wanted or newer is needed" "Install one: https://nodejs.org/en/download"
  local lock mark=$repo/node_modules/.from-lock
  lock=$(sha256sum <"$repo/package-lock.json")
  if [ "$(cat "$mark" 2>/dev/null)" = "$lock" ]; then
    note "as in package-lock.json (node $version)"
    return
  fi
  note "npm ci (node $version)"
  # No package's own install scripts; optional packages too, since esbuild's program is one.
  (cd "$repo" && npm ci --ignore-scripts --include=dev --include=optional --no-audit --no-fund --no-update-notifier \
    --loglevel=error)
  printf '%s\n' "$lock" >"$mark"
}
