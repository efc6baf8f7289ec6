/**
 * What an image is made from is private, in real registries of which one wants a password and one a token, with certificates of
 * authorities that no machine knows: from the preview to a booted image. Whoever pulls is the real podman.
 */
import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ledger, rightBytes } from "./support/check";
import { watchForLeaks } from "./support/leak-watch";
import { makeAuthority } from "./support/registry/authority";
import { pushImage } from "./support/registry/images";
import { startRegistry, type Registry } from "./support/registry/registry";
import { startTokenServer, type TokenServer } from "./support/registry/token-server";
import { leaksOfRun } from "./support/run-leaks";
import type { Stack } from "./support/stack";
import { POOL, World } from "./support/world";

const PASSWORD = "thimble-9f27-meadow-31c5";
/** bcrypt of it, 4 rounds. */
const PASSWORDS = "robot:$2b$04$MygzDMhrEuxQ8G0B7OJmmOcc7cDZ8drZQNrLPnifjWuMHe9ylB2Yq\n";
const OTHER_PASSWORD = randomBytes(24).toString("base64url");
const encoded = (user: string, password: string) => Buffer.from(`${user}:${password}`).toString("base64");

let world: World;
let stack: Stack;
let tokenServer: TokenServer;
/** With passwords; the worker has it from the mirror. With tokens. */
let closed: Registry;
let mirror: Registry;
let tokens: Registry;
const stops: (() => Promise<void>)[] = [];
const digests: Record<string, string> = {};
let operator: string;
const planted: Record<string, string> = {
  "the password": PASSWORD,
  "the login with the password": encoded("robot", PASSWORD),
  "the token server's password": OTHER_PASSWORD,
  "the login of the token server": encoded("robot", OTHER_PASSWORD),
};

beforeAll(async () => {
  world = await World.start({ podman: "pulling" });
  operator = join(world.folder, "operator");
  await startRegistries();
  stack = world.stack({ publish: ["hypervisor"] });
  const { environment } = stack.pulumi;
  environment["HOME"] = operator;
  environment["REGISTRY_AUTH_FILE"] = join(operator, "auth.json");
  writeFileSync(
    join(operator, "auth.json"),
    JSON.stringify({
      auths: {
        [closed.host]: { auth: encoded("robot", PASSWORD) },
        [`${closed.host}/private/locked`]: { auth: encoded("robot", "wrong") },
        [tokens.host]: { auth: encoded("robot", OTHER_PASSWORD) },
        [`${tokens.host}/private/expired`]: { auth: encoded("0", ""), identitytoken: "of last year" },
      },
    }),
  );
  stack.set({
    "disk.builder.image": `${tokens.host}/private/builder:1`,
    registries: {
      [closed.host]: { location: `localhost:${mirror.port}/mirror`, insecure: false },
      [tokens.host]: { insecure: false },
      [`localhost:${tokens.port}`]: { insecure: false },
    },
  });
  containerfile(`FROM ${closed.host}/private/base:1`, "COPY note /note");
  await stack.init();
});
afterAll(async () => {
  for (const stop of stops) await stop();
  await world.stop();
});

async function startRegistries(): Promise<void> {
  const at = (name: string): string => join(world.folder, name);
  const images = at("registry-images");
  const seed = await startRegistry({ folder: at("registry-seed"), images });
  const both = ["amd64", "arm64"] as const;
  for (const name of ["private/base", "private/builder", "private/locked", "private/other", "private/expired"]) {
    digests[name] = await pushImage(seed.host, { name, architectures: both, whence: `this is ${name}` });
  }
  await pushImage(seed.host, { name: "private/single", architectures: ["amd64"], whence: "this is for one" });
  await pushImage(seed.host, { name: "mirror/private/base", architectures: both, whence: "this is private/base" });
  await seed.stop();
  const [ours, theirs] = [makeAuthority(at("authority")), makeAuthority(at("authority-of-mirror"))];
  const forTokens = ours.sign("tokens");
  tokenServer = await startTokenServer(forTokens, [
    { user: "robot", password: OTHER_PASSWORD, repositories: ["private/builder", "private/base"] },
  ]);
  const auth = { kind: "passwords", text: PASSWORDS } as const;
  closed = await startRegistry({ folder: at("registry-closed"), images, tls: ours.sign("closed"), auth });
  mirror = await startRegistry({ folder: at("registry-mirror"), images, tls: theirs.sign("mirror"), auth });
  tokens = await startRegistry({
    ...{ folder: at("registry-tokens"), images, tls: forTokens },
    auth: { kind: "tokens", server: tokenServer, certificate: ours.certificate },
  });
  stops.push(tokenServer.stop, closed.stop, mirror.stop, tokens.stop);
  const trust = (host: string, certificate: string): void => {
    const folder = join(operator, ".config/containers/certs.d", host);
    mkdirSync(folder, { recursive: true });
    cpSync(certificate, join(folder, "ca.crt"));
  };
  for (const { host } of [closed, tokens]) trust(host, ours.certificate);
  trust(`localhost:${mirror.port}`, theirs.certificate);
}

function containerfile(...lines: readonly string[]): void {
  writeFileSync(join(stack.folder, "images/light/Containerfile"), `${lines.join("\n")}\n`);
}

/** What a preview says that finds mistakes. */
async function refused(): Promise<string> {
  const { code, text } = await stack.pulumi.preview();
  expect(code, text).not.toBe(0);
  for (const [what, secret] of Object.entries(planted)) expect(text, what).not.toContain(secret);
  return text;
}

it("names in preview whatever can't be had, each where it is written and with its remedy", async () => {
  const strange = `localhost:${tokens.port}`;
  containerfile(
    `FROM ${closed.host}/private/base:1`,
    `COPY --from=${closed.host}/private/locked:1 file /a`,
    `COPY --from=${tokens.host}/private/other:1 file /b`,
    `COPY --from=${tokens.host}/private/expired:1 file /c`,
    `COPY --from=${strange}/private/base:1 file /d`,
    `COPY --from=${closed.host}/private/none:1 file /e`,
  );
  const said = await refused();
  const at = (name: string, line: number) => `image ${name}:1 (images/light/Containerfile, line ${line}): `;
  const { host } = new URL(tokenServer.realm);
  for (const message of [
    `${at(`${closed.host}/private/locked`, 2)}${closed.host} refuses private/locked to robot (401): the password is wrong, or robot may not have it; log in again with "podman login ${closed.host}"`,
    `${at(`${tokens.host}/private/other`, 3)}${tokens.host} lets nobody in: its token server ${host} answered 401 as robot; log in with "podman login"`,
    `${at(`${tokens.host}/private/expired`, 4)}${tokens.host} lets nobody in: its token server ${host} answered 401 to an identity token; log in with "podman login"`,
    `${at(`${strange}/private/base`, 5)}${strange} has a certificate that is not trusted`,
    `put the certificate of its authority into /etc/containers/certs.d/${strange}/ca.crt`,
    `${at(`${closed.host}/private/none`, 6)}${closed.host} has no private/none:1; check name and tag, or push it`,
  ])
    expect(said).toContain(message);
  expect(said).not.toContain("line 1)");
});

it("and an architecture that is not there", async () => {
  containerfile(`FROM ${closed.host}/private/single:1`, "COPY note /note");
  stack.set({ "architectures.aarch64": { worker: world.worker.settings, publish: ["hypervisor"] } });
  const [host] = world.target("libvirt")["hosts"] as readonly object[];
  stack.set({ "targets.hypervisor.hosts": [host, { ...host, name: "arm", arch: "aarch64" }] });
  expect(await refused()).toContain(
    `image ${closed.host}/private/single:1: is not there for aarch64 (images/light/Containerfile, line 1), only for x86_64`,
  );
});

it("finds what is there for both, by password and by token", async () => {
  containerfile(`FROM ${closed.host}/private/base:1`, "COPY note /note");
  const { code, text } = await stack.pulumi.preview();
  expect(code, text).toBe(0);
  expect(text).toMatch(/\+ copr-builder-x86_64-g1-[0-9a-f]{8}: hypervisor\/local/);
  expect(text).toMatch(/\+ copr-builder-aarch64-g1-[0-9a-f]{8}: hypervisor\/arm/);
  expect(tokens.given()).toContain(`private/builder:1`);
  // A preview asks the mirror nothing: it is the worker's.
  expect(mirror.given()).toEqual([]);
});

it("builds on a worker that is nobody there, and boots what it built; no secret is anywhere", async () => {
  stack.set({ "architectures.aarch64": undefined, "targets.hypervisor": world.target("libvirt") });
  const before = tokenServer.asked.length;
  expect(await leaksOfRun(world, stack, planted, () => stack.up())).toEqual([]);
  expect(await rightBytes(world, stack)).toEqual([]);
  expect(mirror.given()).toContain(`mirror/private/base@${digests["private/base"]}`);
  expect(tokens.given()).toContain(`private/builder@${digests["private/builder"]}`);
  // Nobody is asked for once: whether the worker needs a login at all.
  expect([...new Set(tokenServer.asked.slice(before))].sort()).toEqual([
    "refused: nobody",
    "robot repository:private/builder:pull",
  ]);
  const [entry] = await ledger(stack);
  const volume = readFileSync(join(world.libvirt.pools, POOL, entry?.images[0]?.name ?? ""), "latin1");
  expect(volume).toContain("this is private/base");
  expect(world.worker.left()).toEqual([]);
});

/** In whatever any part of this world has written. */
function leaksAnywhere(): readonly string[] {
  expect(tokenServer.tokens.length).toBeGreaterThan(0);
  const all = { ...planted, ...Object.fromEntries(tokenServer.tokens.map((token, at) => [`token ${at}`, token])) };
  const watching = watchForLeaks([world.folder], all);
  watching.stop();
  return watching.leaks().filter((leak) => !leak.startsWith(`${operator}/auth.json has`));
}

it("nor in what any part of this world has written, where one that is planted is found", async () => {
  expect(leaksAnywhere()).toEqual([]);
  const file = join(world.folder, "worker", "run", "planted");
  writeFileSync(file, `{"auth": "${planted["the login of the token server"] ?? ""}"}\n${tokenServer.tokens[0] ?? ""}`);
  expect(leaksAnywhere()).toEqual([`${file} has the login of the token server`, `${file} has token 0`]);
  rmSync(file);
  expect(await leaksOfRun(world, stack, planted, () => stack.destroy())).toEqual([]);
  expect(leaksAnywhere()).toEqual([]);
});
