/** Records are signed by the operator's side; what was changed in the store since is refused in preview, before it is taken or published. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { testKey, type TestKey } from "../../contract/testing/signing-keys";
import { openStore, type ObjectStore } from "../../provider/object-store";
import { identity, innerStacks, ledger, nothingLeft } from "./support/check";
import { owned } from "./support/owned";
import { BUCKET, PROFILE, REGION } from "../../standins/world/store";
import type { Stack } from "./support/stack";
import { World } from "./support/world";

const first = testKey("a");
const second = testKey("b");
let world: World;
let devel: Stack;
let prod: Stack;
let store: ObjectStore;
let record: string;
let signature: string;
let disk: string;

beforeAll(async () => {
  world = await World.start();
  devel = world.stack({ publish: ["hypervisor"] });
  await devel.init();
  await devel.up();
  prod = world.promoting("prod", devel);
  prod.set({ "signing.trusted": [first.publicPem] });
  await prod.init();
  const { url, credentials } = world.store;
  store = openStore({
    bucket: BUCKET,
    region: REGION,
    endpoint: url,
    credentials: { file: credentials, profile: PROFILE },
  });
  const [entry] = await ledger(devel);
  const name = `${await identity(devel)}/${entry?.images[0]?.key ?? "none"}`;
  [record, signature, disk] = [`builds/${name}.json`, `signatures/${name}.json`, `disks/${name}.raw.zst`];
});
afterAll(() => world.stop());

const signWith = async (key: TestKey, stack = devel): Promise<void> => {
  const path = "copr-builders:signing.key";
  await stack.pulumi.must("config", "set", "--secret", "--path", path, key.seed, "--stack", stack.name);
};

async function refused(stack: Stack): Promise<string> {
  const { code, text } = await stack.pulumi.preview();
  expect(code, text).not.toBe(0);
  return text;
}

/** What an `up` changes anywhere. */
async function changes(stack: Stack): Promise<string[]> {
  world.wire.clear();
  await stack.up();
  return world.wire.calls.map(({ name }) => name);
}

/** The stack's preview while an object has another content. */
async function previewWith(stack: Stack, object: string, content: string | Buffer | undefined): Promise<string> {
  const before = await store.getBytes(object);
  if (before === undefined) throw new Error(`${object} is not there`);
  await (content === undefined ? store.delete(object) : store.put(object, content));
  try {
    return await refused(stack);
  } finally {
    await store.put(object, before);
  }
}

it("what nobody has signed is not taken by who asks for a signature", async () => {
  expect(await refused(prod)).toContain(`its record ${record} is not signed`);
});

it("an existing generation is signed by the next up, which builds nothing; the key is nowhere in clear", async () => {
  await signWith(first);
  expect(await changes(devel)).toEqual(["PUT signatures/*.json"]);
  const state = readFileSync(join(devel.backend, ".pulumi", "stacks", "copr-builders", `${devel.name}.json`), "utf8");
  expect(state).toContain("builders:index:RecordSignature");
  for (const text of [state, await devel.pulumi.must("stack", "export", "--stack", devel.name)]) {
    expect(text).not.toContain(first.seed);
  }
  expect(await changes(devel)).toEqual([]);
});

it("what is signed is taken", async () => {
  await prod.up();
  expect((await ledger(prod)).map(({ id }) => id)).toEqual(["g1"]);
});

it("a record that was changed by one byte is refused in preview, by both stacks", async () => {
  const text = Buffer.from((await store.getBytes(record)) ?? []).toString();
  const changed = text.replace('"x86_64"', '"x86_65"');
  expect(changed).not.toBe(text);
  for (const stack of [prod, devel]) {
    const said = await previewWith(stack, record, changed);
    expect(said).toContain(`${record} was changed after it was signed; find out who writes into the store`);
  }
});

it("so are a disk, a signature that is not right, and one that is gone", async () => {
  const bytes = Buffer.from((await store.getBytes(disk)) ?? []);
  bytes[bytes.length - 1]! ^= 1;
  const envelope = Buffer.from((await store.getBytes(signature)) ?? []).toString();
  const wrong = envelope.replace(/"sig":"..../, '"sig":"AAAA');
  for (const stack of [prod, devel]) {
    expect(await previewWith(stack, disk, bytes)).toContain(`${disk} was written again after its record was signed`);
    expect(await previewWith(stack, signature, wrong)).toContain(`${signature} was changed`);
  }
  expect(await previewWith(prod, signature, undefined)).toContain(`its record ${record} is not signed`);
  expect(await previewWith(devel, signature, undefined)).toContain(`the signature ${signature} is gone from the store`);
});

it("another key signs again without a build, once the one of before is trusted", async () => {
  await signWith(second);
  expect(await refused(devel)).toContain(`${signature} is by a key that is not trusted here`);
  devel.set({ "signing.trusted": [first.publicPem] });
  const before = await ledger(devel);
  expect(await changes(devel)).toEqual(["PUT signatures/*.json"]);
  expect(await ledger(devel)).toEqual(before);
  expect(await refused(prod)).toContain(`${signature} is by a key that is not trusted here`);
  prod.set({ "signing.trusted": [first.publicPem, second.publicPem] });
  expect((await prod.pulumi.preview()).code).toBe(0);
});

it("signing is switched off, and on again as if new", async () => {
  devel.set({ signing: undefined });
  expect(await changes(devel)).toEqual(["DELETE signatures/*.json"]);
  expect(JSON.stringify(await ledger(devel))).not.toContain("recordSha256");
  await signWith(second);
  expect(await changes(devel)).toEqual(["PUT signatures/*.json"]);
  expect(JSON.stringify(await ledger(devel))).toContain("recordSha256");
});

it("a stack that signs from its first run on is previewed, and one whose key is none is told so, without the key", async () => {
  const fresh = world.stack({ name: "fresh", publish: ["hypervisor"] });
  // Another image than the one that is published already.
  fresh.source("fresh");
  await fresh.init();
  await signWith(first, fresh);
  const { code, text } = await fresh.pulumi.preview();
  expect(code, text).toBe(0);
  expect(text).toContain("RecordSignature");
  const seed = first.seed.slice(4);
  await fresh.pulumi.must("config", "set", "--secret", "--path", "copr-builders:signing.key", seed, "--stack", "fresh");
  const said = await refused(fresh);
  expect(said).toContain("signing.key: is neither PEM nor 32 bytes in base64");
  expect(said).not.toContain(seed);
});

it("a new generation is signed when it is built, and goes with its signature", async () => {
  devel.source("second");
  const calls = await changes(devel);
  const [stored, signed] = ["PUT builds/*.json", "PUT signatures/*.json"].map((name) => calls.indexOf(name));
  expect(stored).toBeGreaterThan(-1);
  expect(signed).toBeGreaterThan(stored ?? 0);
  await prod.up();
  expect((await ledger(prod)).map(({ id }) => id)).toEqual(["g2"]);
  await prod.destroy();
  const { code, text } = await owned(devel);
  expect(code, text).toBe(0);
  expect(text).toContain("signatures/");
  await devel.destroy();
  expect(innerStacks(devel).filter((name) => name !== prod.name)).toEqual([]);
  expect((await nothingLeft(world, devel)).filter((one) => one !== `left: stack ${prod.name}`)).toEqual([]);
});
