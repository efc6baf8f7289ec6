/** The set-up's choice of plugins, with a Pulumi and a network that this test plays. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const HERE = join(__dirname, "..");
const OFFICIAL = "#!/bin/sh\n# the official one\n";
let folder: string;
let server: Server;
let network: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "setup-plugins-"));
  for (const name of ["home/plugins", "stamps", "log", "user"]) mkdirSync(join(folder, name), { recursive: true });
  server = createServer((_request, response) => response.writeHead(403).end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  network = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  pulumi("fetch");
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const plugin = () => join(folder, "home/plugins/resource-aws-v7.0.0/pulumi-resource-aws");

/** What `pulumi plugin install` does. */
function pulumi(does: "fetch" | "refuse" | "stand"): void {
  const ends = {
    refuse: "exit 1",
    stand: "sleep 60",
    fetch: `printf '${OFFICIAL.replaceAll("\n", "\\n")}' >"$at/pulumi-resource-$4"; chmod 755 "$at/pulumi-resource-$4"`,
  };
  const at = 'at=$PULUMI_HOME/plugins/resource-$4-v$5; if [ -e "$at" ]; then exit 0; fi; mkdir -p "$at"';
  writeFileSync(join(folder, "pulumi"), `#!/bin/sh\necho asked >>${folder}/asked\n${at}\n${ends[does]}\n`);
  chmodSync(join(folder, "pulumi"), 0o755);
}

async function run(hosts: string) {
  const script = `set -euo pipefail
here=${HERE} repo=${join(HERE, "..")} tools=${folder} pulumi_home=${folder}/home pulumi=${folder}/pulumi
for part in say plugins env; do source "$here/setup/$part.sh"; done
stand_in aws 7.0.0`;
  const env = {
    ...process.env,
    HOME: join(folder, "user"),
    COPR_BUILDERS_DOWNLOAD_HOSTS: hosts,
    COPR_BUILDERS_DOWNLOAD_SECONDS: "1",
  };
  const child = spawn("bash", ["-c", script], {
    env: { ...env, PULUMI_HOME: "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, output };
}

async function setUp(hosts = network) {
  const { code, output } = await run(hosts);
  expect({ code, output }).toMatchObject({ code: 0 });
  return output;
}

const NO_NETWORK = "http://127.0.0.1:1";
const asked = () =>
  existsSync(join(folder, "asked")) ? readFileSync(join(folder, "asked"), "utf8").split("\n").length - 1 : 0;

test("without a network the stand-in is made; with the network back the official plugin is fetched", async () => {
  expect(await setUp(NO_NETWORK)).toContain("standins/aws-plugin stands in (no network reaches its download)");
  expect(asked()).toBe(0);
  expect(await setUp()).toContain("aws 7.0.0: the official plugin");
  expect(readFileSync(plugin(), "utf8")).toBe(OFFICIAL);
  expect(await setUp(NO_NETWORK)).toContain("aws 7.0.0: the official plugin");
  expect(asked()).toBe(1);
});

test("a stand-in of an earlier set-up, without a mark, is not taken for the official plugin", async () => {
  await setUp(NO_NETWORK);
  rmSync(join(plugin(), "../copr-builders-stand-in"));
  expect(await setUp(NO_NETWORK)).toContain("stands in");
});

test("a refusal is believed for a day, and a slow download is not a refusal; the stand-in stays meanwhile", async () => {
  pulumi("refuse");
  expect(await setUp()).toContain("standins/aws-plugin stands in (its download is refused");
  expect(await setUp()).toContain("refused; delete .tools/stamps/refused-aws-7.0.0 to ask again");
  expect(asked()).toBe(1);
  const yesterday = Date.now() / 1000 - 25 * 3600;
  utimesSync(join(folder, "stamps/refused-aws-7.0.0"), yesterday, yesterday);
  pulumi("stand");
  expect(await setUp()).toContain("stands in (its download took more than 1 s)");
  expect(readFileSync(plugin(), "utf8")).toContain("stands in for it");
  pulumi("fetch");
  expect(await setUp()).toContain("aws 7.0.0: the official plugin");
});

test("the plugin of the user's own Pulumi is shared, unless that is a stand-in", async () => {
  const own = join(folder, "user/.pulumi/plugins/resource-aws-v7.0.0");
  mkdirSync(own, { recursive: true });
  writeFileSync(
    join(own, "pulumi-resource-aws"),
    "#!/bin/sh\n# Written by toolchain/setup.sh: as standins/aws-plugin stands in for it.\n",
    { mode: 0o755 },
  );
  expect(await setUp(NO_NETWORK)).toContain("stands in");
  writeFileSync(join(own, "pulumi-resource-aws"), OFFICIAL, { mode: 0o755 });
  expect(await setUp(NO_NETWORK)).toContain("aws 7.0.0: the official plugin");
  expect(readFileSync(plugin(), "utf8")).toBe(OFFICIAL);
  expect(spawnSync("test", ["-d", join(plugin(), ".."), "-a", "!", "-L", join(plugin(), "..")]).status).toBe(0);
});
