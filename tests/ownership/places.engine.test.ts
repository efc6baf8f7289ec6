/**
 * What people do to a stack that has published: rename, move, spell otherwise, lose its state, delete and replace by hand.
 * After each: the live images' bytes are those of the store, nothing of anybody else's is touched, nothing is left over.
 * Every platform that publishes goes through all of it at once; the cases follow each other on one stack.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ledger, nothingLeft, rightBytes, innerStacks } from "./support/check";
import { deleteImages, foreignImages, replaceVolume } from "./support/by-hand";
import { things } from "./support/left";
import type { Values } from "./support/settings";
import type { Stack } from "./support/stack";
import { POOL, World } from "./support/world";

let world: World;
let stack: Stack;
/** Everything there was when the case began. */
let before: string[];

async function begin(): Promise<void> {
  await world.reset();
  stack = world.stack();
  await stack.init();
  await stack.up();
}

beforeAll(async () => {
  world = await World.start();
  await begin();
});
beforeEach(async () => {
  before = await things(world);
  world.wire.clear();
});
// A case that fails is not held against those that follow.
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await begin();
});
afterAll(() => world.stop());

/** The very same things as before, with the right bytes, and nothing beside them. */
async function sameThings(): Promise<string[]> {
  return [...(await rightBytes(world, stack)), ...(await nothingLeft(world, stack, before))];
}

/** As many things of each kind as before, with the right bytes: some may have been made again. */
async function asManyThings(): Promise<string[]> {
  const kinds = (all: readonly string[]): string[] => all.map((one) => one.replace(/(ami|snap)-\w+/, "$1")).sort();
  const [now, was] = [kinds(await things(world)), kinds(before)];
  const wrong =
    JSON.stringify(now) === JSON.stringify(was) ? [] : [`there is ${now.join(", ")}; there was ${was.join(", ")}`];
  return [...(await rightBytes(world, stack)), ...wrong, ...innerStacks(stack).map((name) => `left: stack ${name}`)];
}

interface Change {
  readonly name: string;
  readonly settings: () => Values;
}

const hosts = (name: string, spelling: 1 | 2): unknown[] => {
  const [host] = world.target("libvirt")["hosts"] as readonly Values[];
  return [{ ...host, name, uri: world.uri(spelling) }];
};
const regions = (...outputs: readonly string[]): unknown[] => {
  const all = world.target("aws")["regions"] as readonly Values[];
  return all.map((region, index) => ({ ...region, output: outputs[index] }));
};

const named = (amazon: Values, farm: Values): Values => ({
  targets: { amazon: { ...world.target("aws"), ...amazon }, farm: { ...world.target("libvirt"), ...farm } },
  "architectures.x86_64.publish": ["amazon", "farm"],
});

const RENAMES: readonly Change[] = [
  { name: "targets renamed", settings: () => named({}, {}) },
  {
    name: "places renamed",
    settings: () => named({ regions: regions("virginia", "ireland") }, { hosts: hosts("vmhost-1", 1) }),
  },
  {
    name: "the same hypervisor spelled otherwise",
    settings: () => named({ regions: regions("virginia", "ireland") }, { hosts: hosts("vmhost-1", 2) }),
  },
];

describe("a rename changes nothing anywhere", () => {
  it.each(RENAMES)("$name", async ({ settings }) => {
    stack.set(settings());
    await stack.up();
    expect(await sameThings()).toEqual([]);
  });

  it("the same account named by a profile instead of by variables", async () => {
    const file = join(stack.folder, "aws-credentials");
    const { accessKeyId, secretAccessKey } = world.emulator.credentials;
    writeFileSync(file, `[night]\naws_access_key_id=${accessKeyId}\naws_secret_access_key=${secretAccessKey}\n`, {
      mode: 0o600,
    });
    const { environment } = stack.pulumi;
    Object.assign(environment, { AWS_PROFILE: "night", AWS_SHARED_CREDENTIALS_FILE: file });
    delete environment["AWS_ACCESS_KEY_ID"];
    delete environment["AWS_SECRET_ACCESS_KEY"];
    delete environment["AWS_SESSION_TOKEN"];
    await stack.up();
    expect(await sameThings()).toEqual([]);
  });

  it("the stack renamed", async () => {
    await stack.pulumi.must("stack", "rename", "night", "--stack", stack.name);
    stack = stack.as({ name: "night" });
    await stack.up();
    expect(await sameThings()).toEqual([]);
  });

  it("the state moved to another backend", async () => {
    const state = join(stack.folder, "exported.json");
    await stack.pulumi.must("stack", "export", "--file", state, "--stack", stack.name);
    const moved = stack.as({ backend: join(stack.folder, ".local", "moved") });
    mkdirSync(moved.backend);
    await moved.init();
    await moved.pulumi.must("stack", "import", "--file", state, "--stack", moved.name);
    rmSync(stack.backend, { recursive: true });
    stack = moved;
    await stack.up();
    expect(await sameThings()).toEqual([]);
  });
});

it("a place moved from one target to another keeps its image, or gets it made again", async () => {
  const [first, second] = regions("virginia", "ireland");
  const aws = world.target("aws");
  stack.set({
    targets: {
      amazon: { ...aws, regions: [first] },
      europe: { ...aws, regions: [second] },
      metal: { ...world.target("libvirt"), hosts: hosts("vmhost-1", 2) },
    },
    "architectures.x86_64.publish": ["amazon", "europe", "metal"],
  });
  await stack.up();
  expect(await asManyThings()).toEqual([]);
});

it("a state that is lost: a new stack of the same identity takes everything over", async () => {
  const identity = await stack.pulumi.output<string>("identity");
  const fresh = stack.as({ backend: join(stack.folder, ".local", "fresh") });
  mkdirSync(fresh.backend);
  fresh.set({ identity });
  rmSync(stack.backend, { recursive: true });
  await fresh.init();
  stack = fresh;
  await stack.up();
  expect(await asManyThings()).toEqual([]);
});

describe("another holder of a name is found before anything is built", () => {
  it("a second stack of the same name and source, in another backend", async () => {
    const second = world.stack({ name: stack.name });
    await second.init();
    const { code, text } = await second.pulumi.up();
    expect(code).not.toBe(0);
    const [current] = await ledger(stack);
    expect(text).toContain(current?.images[0]?.name ?? "no image");
    // It has said what it is called, and no more.
    const made = world.wire.calls.filter(({ name }) => /^(PUT|StartSnapshot|Register|StorageVolCreate)/.test(name));
    expect(made.map(({ name }) => name)).toEqual(["PUT stacks/*.json"]);
    await second.destroy();
    expect(await sameThings()).toEqual([]);
  });

  it("a second stack of the same name with another source lives and goes without a trace in the first", async () => {
    const second = world.stack({ name: stack.name });
    await second.init();
    second.source("the second's own");
    await second.up();
    expect(await rightBytes(world, second)).toEqual([]);
    await second.destroy();
    expect(await sameThings()).toEqual([]);
  });

  it("images of somebody else's that have the next generation's names", async () => {
    stack.source("second");
    const { text: preview } = await stack.pulumi.preview();
    const name = /copr-builder-x86_64-g\d+-[0-9a-f]{8}/.exec(preview)?.[0] ?? "none";
    const foreign = await foreignImages(world, name);
    try {
      before = await things(world);
      for (const run of [() => stack.pulumi.preview(), () => stack.pulumi.up()]) {
        const { code, text } = await run();
        expect({ code, text }).toMatchObject({ code: expect.not.toBeOneOf([0]), text: expect.stringContaining(name) });
      }
      expect(world.wire.calls.filter(({ name: made }) => /^(PUT|StartSnapshot)/.test(made))).toEqual([]);
      expect(await nothingLeft(world, stack, before)).toEqual([]);
    } finally {
      await foreign.remove();
      stack.source("first");
    }
  });
});

it("images deleted by hand are made again, without a build, and booted", async () => {
  await deleteImages(world);
  const { text } = await stack.pulumi.preview();
  expect(text).toMatch(/lost|gone|not there/);
  world.wire.clear();
  const said = await stack.up();
  // By now the hypervisor is reached beside the tap.
  expect(said).toMatch(/\.libvirt-\w+\.boot-machines creat(ing|ed)/);
  const calls = world.wire.calls.map(({ name }) => name);
  expect(calls).toContain("RunInstances");
  expect(calls.filter((name) => name.startsWith("PUT builds"))).toEqual([]);
  expect(await asManyThings()).toEqual([]);
});

it("a volume replaced by hand is neither taken for ours nor deleted; once it is gone ours is made again", async () => {
  const { name, theirs } = replaceVolume(world);
  const { code, text } = await stack.pulumi.up();
  expect({ code, text }).toMatchObject({ code: expect.not.toBeOneOf([0]), text: expect.stringContaining(name) });
  const file = join(world.libvirt.pools, POOL, name);
  expect(readFileSync(file, "utf8")).toBe(theirs);
  execFileSync("rm", ["--", file]);
  world.libvirt.virsh("pool-refresh", POOL);
  await stack.up();
  expect(await asManyThings()).toEqual([]);
});

it("destroying leaves nothing", async () => {
  await stack.destroy();
  expect(await nothingLeft(world, stack)).toEqual([]);
});
