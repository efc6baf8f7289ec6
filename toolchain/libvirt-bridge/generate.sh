#!/usr/bin/env bash
# Writes sdks/libvirt again: the Node.js package @pulumi/libvirt (npm no longer has it), compiled, so that using it takes
# no build step. First makes sure that the bridge offers what the published schema says. Needed only when schema.json,
# the bridge or the engine's version changes; a few minutes when Go's cache is cold.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
repo=$(cd ../.. && pwd)
sources=$repo/.tools/sdk-libvirt
sdk=$repo/sdks/libvirt

go run ./compare
rm -rf "$sources" "$sdk"
mkdir -p "$sdk"
(cd ../engine && go run ./node-sdk "$repo/toolchain/libvirt-bridge/bridge/schema.json" 0.5.4 "$sources")
# Not the flags of the generated tsconfig.json: today's compiler refuses some of them.
"$repo/node_modules/.bin/tsc" --ignoreConfig --outDir "$sdk" --rootDir "$sources" --declaration --stripInternal --strict \
  --skipLibCheck --target es2022 --module node16 --moduleResolution node16 --types node \
  "$sources"/*.ts "$sources"/config/*.ts "$sources"/types/*.ts
# The manifest without what was for building it.
node - "$sources/package.json" "$sdk/package.json" <<'JS'
const { readFileSync, writeFileSync } = require("node:fs");
const [from, to] = process.argv.slice(2);
const { scripts, devDependencies, ...manifest } = JSON.parse(readFileSync(from, "utf8"));
writeFileSync(to, JSON.stringify({ ...manifest, main: "index.js", types: "index.d.ts" }, null, 2) + "\n");
JS
cp "$sources/README.md" "$sdk/README.md"
rm -rf "$sources"
