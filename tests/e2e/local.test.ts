/**
 * The main job as its users live it, on real parts: an image built on a temporary worker, published, booted; nothing
 * changed; a changed file; runs killed at the worst moments; a build that fails. One story: each step stands on the
 * ones before it.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CommitRecord } from "../../agent/spec";
import type { LedgerEntry } from "../../components/plan";
import { startServices } from "../../tools/local/services";
import { makeCheckout, type Checkout } from "./support/checkout";
import { domains, domainUuid, makePool, objectPath, objects, removePool, volumePath, volumes } from "./support/leaks";
import { alive, eventually } from "./support/wait";

const STACK = "e2e";
const POOL = "e2e-images";
const MARKER = "images/debian-builder/rootfs/etc/builder-note";

let checkout: Checkout;

beforeAll(async () => {
  await startServices(console.log);
  checkout = makeCheckout(STACK, {
    "targets.hypervisor.hosts": [
      {
        name: "local",
        arch: "x86_64",
        pool: POOL,
        boot: { vcpus: 1, memoryMib: 1024, network: { mode: "user" } },
      },
    ],
  });
  makePool(checkout, POOL);
  await checkout.pulumi.must("stack", "init", STACK);
});

afterAll(async () => {
  await endLeftovers();
  await checkout.pulumi.must("destroy", "--yes", "--skip-preview", "--stack", STACK);
  expect(objects(checkout)).toEqual({});
  expect(volumes(checkout, POOL)).toEqual([]);
  removePool(checkout, POOL);
  checkout.remove();
});

/** What a failed step may have left running: a test that fails leaves nothing either. */
async function endLeftovers(): Promise<void> {
  await checkout.pulumi.run("cancel", "--yes", "--stack", STACK);
  for (const stack of (await checkout.pulumi.stacks()).filter((name) => name !== STACK)) {
    const program = stack.includes(".build-") ? "stacks/worker" : "stacks/boot-check";
    await checkout.pulumi.run("cancel", "--yes", "--stack", stack, "-C", program);
    await checkout.pulumi.must("destroy", "--yes", "--skip-preview", "--remove", "--stack", stack, "-C", program);
  }
}

async function images(): Promise<string> {
  const { hypervisor } = await checkout.pulumi.output<{ hypervisor: { x86_64: string } }>("images");
  return hypervisor.x86_64;
}

async function generations(): Promise<LedgerEntry[]> {
  return checkout.pulumi.output<LedgerEntry[]>("generations");
}

function record(key: string): CommitRecord {
  return JSON.parse(readFileSync(objectPath(`builds/${STACK}/${key}.json`), "utf8")) as CommitRecord;
}

async function current(): Promise<{ readonly key: string; readonly name: string; readonly record: CommitRecord }> {
  const image = (await generations())[0]?.images[0];
  if (!image) throw new Error("there is no generation");
  return { key: image.key, name: image.name, record: record(image.key) };
}

function sha256(file: string): string {
  return execFileSync("sha256sum", [file], { encoding: "utf8" }).slice(0, 64);
}

/** Nothing of any worker or boot is left: no domain, no volume but the images, no stack but ours. */
async function expectNoLeaks(): Promise<void> {
  expect(domains(checkout)).toEqual([]);
  expect(volumes(checkout, "workers")).toEqual([]);
  expect(await checkout.pulumi.stacks()).toEqual([STACK]);
}

/** The stack of the worker, as soon as there is one. */
function workerStack(): Promise<string> {
  return eventually(
    "the worker stack in `pulumi stack ls`",
    async () => (await checkout.pulumi.stacks()).find((name) => name.startsWith(`${STACK}.build-x86_64-`)),
    { seconds: 60 },
  );
}

/** Runs a command on the machine of a stack through `npm run enter`, as the error message says. */
async function enter(stack: string, ...command: readonly string[]): Promise<string | undefined> {
  const { code, text } = await checkout.pulumi.start("npm", ["run", "--silent", "enter", "--", stack, ...command])
    .ended;
  return code === 0 ? text : undefined;
}

/** Kills the engine alone, and sees that the provider stops what it has under way. */
async function kill9(pid: number, innerStack: string): Promise<void> {
  process.kill(pid, "SIGKILL");
  await eventually(
    "the inner engine to stop after the outer one was killed",
    () => {
      const processes = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).split("\n");
      return processes.some((args) => /pulumi /.test(args) && args.includes(innerStack)) ? undefined : true;
    },
    { seconds: 60 },
  );
  expect(alive(pid)).toBe(false);
  // As a person does, and as `npm run local` does.
  await checkout.pulumi.run("cancel", "--yes", "--stack", STACK);
}

describe("the first image", () => {
  it("is named in the preview before anything starts", async () => {
    const { code, text } = await checkout.pulumi.preview();
    expect(text).toMatch(/g1 is new/);
    expect(text).toMatch(/copr-builder-x86_64-g1-[0-9a-f]{8}/);
    expect(code).toBe(0);
    await expectNoLeaks();
  });

  it("is built on a worker that can be seen while it lives, and is gone after it", async () => {
    const up = checkout.pulumi.startUp();
    const stack = await workerStack();
    expect(stack.length).toBeLessThanOrEqual(100);
    await eventually("the worker's domain", () => domains(checkout).find((name) => name.startsWith(stack)), {
      seconds: 60,
    });
    const { code, text } = await up.ended;
    expect(text).not.toMatch(/X-Amz-Signature|PRIVATE KEY/);
    expect({ code, text }).toMatchObject({ code: 0 });
    await expectNoLeaks();
  });

  it("is the very bytes that were built: raw, sparse, checked", async () => {
    const { name, record } = await current();
    expect(await images()).toBe(name);
    expect(volumes(checkout, POOL)).toEqual([name]);
    const file = volumePath(checkout, POOL, name);
    expect(sha256(file)).toBe(record.disk.sha256);
    const [size, blocks] = execFileSync("stat", ["-c", "%s %b", file], { encoding: "utf8" }).split(" ").map(Number);
    expect(size).toBe(record.disk.sizeBytes);
    expect((blocks ?? 0) * 512).toBeLessThan(record.disk.sizeBytes);
    const object = record.objects["raw.zst"];
    const stored = execFileSync("sh", ["-c", `zstd -dc '${objectPath(object?.object ?? "")}' | sha256sum`]).toString();
    expect(stored.slice(0, 64)).toBe(record.disk.sha256);
  });

  it("has passed its boots, and the ledger says how long each took", async () => {
    const [entry] = await generations();
    expect(entry?.id).toBe("g1");
    const seconds = Object.values(entry?.bootSeconds ?? {});
    expect(seconds).toHaveLength(1);
    expect(seconds[0]).toHaveLength(3);
    for (const boot of seconds[0] ?? []) expect(boot).toBeGreaterThan(1);
  });

  it("has no key and no URL in clear in the state", async () => {
    const text = await checkout.pulumi.must("stack", "export", "--stack", STACK);
    expect(text).not.toMatch(/PRIVATE KEY|X-Amz-Signature/);
  });
});

describe("nothing changed", () => {
  it("makes nothing, starts nothing, writes nothing", async () => {
    const before = { objects: objects(checkout), volumes: volumes(checkout, POOL), outputs: await generations() };
    const up = checkout.pulumi.startUp();
    const { code, text } = await up.ended;
    expect(text).toMatch(/unchanged/);
    expect(text).not.toMatch(/created|replaced|updated|deleted/);
    expect(code).toBe(0);
    expect({ objects: objects(checkout), volumes: volumes(checkout, POOL), outputs: await generations() }).toEqual(
      before,
    );
  });
});

describe("a changed file, and a run killed while the agent builds", () => {
  let first: Awaited<ReturnType<typeof current>>;

  it("shows in the preview what is new and why", async () => {
    first = await current();
    checkout.write(MARKER, "second\n");
    const { text } = await checkout.pulumi.preview();
    expect(text).toMatch(/g2 is new: .*images\/debian-builder/);
    expect(text).toMatch(/copr-builder-x86_64-g2-[0-9a-f]{8}/);
    // Two are kept: nothing of g1 goes.
    expect(text).not.toMatch(/- .*delete/);
  });

  it("takes up the same worker, follows the running build on, and leaves nothing over", async () => {
    const killed = checkout.pulumi.startUp();
    const stack = await workerStack();
    const key8 = stack.slice(-8);
    await eventually(
      "the agent to build",
      () => enter(stack, `grep -q '"step":"build"' /run/copr-builders/${key8}/events.jsonl && echo yes`),
      { seconds: 180, everyMs: 1000 },
    );
    const domain = domains(checkout).find((name) => name.startsWith(stack)) ?? "";
    const uuid = domainUuid(checkout, domain);
    await kill9(killed.pid, stack);
    const killedAt = Date.now();
    expect(domainUuid(checkout, domain)).toBe(uuid);
    expect(await checkout.pulumi.stacks()).toContain(stack);

    const again = checkout.pulumi.startUp();
    await eventually("the left-over stack to be taken up", () => /resum/i.exec(again.text()) ?? undefined, {
      seconds: 60,
    });
    expect(domainUuid(checkout, domain)).toBe(uuid);
    const { code, text } = await again.ended;
    expect({ code, text }).toMatchObject({ code: 0 });

    const { record, name } = await current();
    const worked = Object.values(record.seconds).reduce((sum, seconds) => sum + seconds, 0);
    expect(new Date(record.builtAt).getTime() - worked * 1000).toBeLessThan(killedAt);
    expect(volumes(checkout, POOL)).toEqual([first.name, name].sort());
    await expectNoLeaks();
  });

  it("publishes what was changed, and the previous generation still boots", async () => {
    const second = await current();
    expect(await bootAndRead(second, "cat /etc/builder-note")).toContain("second");
    expect(await bootAndRead(first, "cat /usr/lib/copr-builder/build-key")).toContain(first.key);
    const previous = await checkout.pulumi.output<{ hypervisor: { x86_64: string } }>("previousImages");
    expect(previous.hypervisor.x86_64).toBe(first.name);
    await expectNoLeaks();
  });

  /** Boots a published image by the boot-check program by hand, and reads something on the machine. */
  async function bootAndRead(image: { readonly key: string; readonly name: string }, command: string) {
    const { pulumi } = checkout;
    const stack = `by-hand-${image.key.slice(0, 8)}`;
    const place = (await generations()).flatMap((entry) => entry.images).find(({ name }) => name === image.name)
      ?.places[0]?.spec;
    const job = { key: image.key, arch: "x86_64", imageId: image.name, place, boots: 1, checks: ["true"] };
    const program = ["-C", "stacks/boot-check", "--stack", stack];
    await pulumi.must("stack", "init", "-C", "stacks/boot-check", stack);
    try {
      checkout.write(
        `stacks/boot-check/Pulumi.${stack}.yaml`,
        JSON.stringify({ config: { "copr-builders:job": job } }),
      );
      await pulumi.must("up", "--yes", "--skip-preview", ...program);
      return await enter(stack, command);
    } finally {
      await pulumi.must("destroy", "--yes", "--skip-preview", "--remove", ...program);
    }
  }
});

describe("a third change, killed after the upload", () => {
  let givenUp: string;

  it("leaves no worker of a source that was given up while it was built", async () => {
    checkout.write(MARKER, "given up\n");
    const killed = checkout.pulumi.startUp();
    const stack = await workerStack();
    await eventually("the worker's domain", () => domains(checkout).find((name) => name.startsWith(stack)), {
      seconds: 60,
    });
    await kill9(killed.pid, stack);
    // The next step takes another source: only then is it known that nobody will take this worker up.
    expect(await checkout.pulumi.stacks()).toContain(stack);
    givenUp = stack;
  });

  it("is not built again, and the first generation goes", async () => {
    const [second] = await generations();
    checkout.write(MARKER, "third\n");
    const preview = await checkout.pulumi.preview();
    expect(preview.text).toMatch(/g3 is new/);
    expect(preview.text).toMatch(/removed when g3 has passed its boots: g1/);
    expect(preview.text).toMatch(/- .*copr-builder-x86_64-g1-[0-9a-f]{8}.*delete/);

    const killed = checkout.pulumi.startUp();
    await eventually(
      "the given up worker to go",
      async () => !(await checkout.pulumi.stacks()).includes(givenUp) || undefined,
      {
        seconds: 60,
      },
    );
    const stack = await workerStack();
    const written = await eventually(
      "the commit record",
      () => Object.keys(objects(checkout)).find((name) => name.includes(`builds/${STACK}/${stack.slice(-8)}`)),
      { seconds: 400, everyMs: 100 },
    );
    await kill9(killed.pid, stack);
    const before = objects(checkout)[written];

    const { code, text } = await checkout.pulumi.up();
    expect({ code, text }).toMatchObject({ code: 0 });
    expect(objects(checkout)[written]).toBe(before);

    const { key, name, record } = await current();
    expect((await generations()).map(({ id }) => id)).toEqual(["g3", "g2"]);
    expect(volumes(checkout, POOL)).toEqual([second?.images[0]?.name, name].sort());
    expect(sha256(volumePath(checkout, POOL, name))).toBe(record.disk.sha256);
    const keys = [second?.images[0]?.key, key].sort();
    expect(Object.keys(objects(checkout)).sort()).toEqual([
      ...keys.map((k) => `builds/${STACK}/${k}.json`),
      ...keys.map((k) => `disks/${STACK}/${k}.raw.zst`),
      ...keys.map((k) => `packages/${STACK}/${k}.json`),
    ]);
    await expectNoLeaks();
  });
});

describe("a Containerfile that fails to build", () => {
  let containerfile: string;
  let before: { readonly outputs: LedgerEntry[]; readonly volumes: string[] };

  beforeAll(async () => {
    before = { outputs: await generations(), volumes: volumes(checkout, POOL) };
    containerfile = checkout.read("images/debian-builder/Containerfile");
    const broken = `${containerfile}\nRUN echo the-last-words-of-the-step && exit 42\n`;
    checkout.write("images/debian-builder/Containerfile", broken);
  });
  afterAll(() => {
    checkout.write("images/debian-builder/Containerfile", containerfile);
    checkout.set({ keepOnFailure: undefined });
  });

  async function expectUntouched(): Promise<void> {
    expect(await generations()).toEqual(before.outputs);
    expect(volumes(checkout, POOL)).toEqual(before.volumes);
  }

  it("shows the failing step's last lines, destroys the worker, and leaves the outputs alone", async () => {
    const { code, text } = await checkout.pulumi.up();
    expect(code).not.toBe(0);
    expect(text).toContain("the-last-words-of-the-step");
    expect(text).toMatch(/exit status 42|status code 42|exit code 42|: 42/);
    await expectUntouched();
    await expectNoLeaks();
  });

  it("with keepOnFailure prints a command that enters the worker and one that ends it", async () => {
    checkout.set({ keepOnFailure: true });
    const { code, text } = await checkout.pulumi.up();
    expect(code).not.toBe(0);
    const toEnter = /to enter: (.+)/.exec(text)?.[1]?.trim() ?? "";
    const toEnd = /to end it: (.+)/.exec(text)?.[1]?.trim() ?? "";
    await expectUntouched();

    const entered = await checkout.pulumi.start("sh", ["-c", `${toEnter} uname -n`]).ended;
    expect(entered).toMatchObject({ code: 0 });
    expect(entered.text.trim()).toBe("worker");

    const ended = await checkout.pulumi.start("sh", ["-c", toEnd]).ended;
    expect(ended).toMatchObject({ code: 0 });
    await expectNoLeaks();
  });

  it("leaves a stack that goes on as if nothing had happened", async () => {
    checkout.write("images/debian-builder/Containerfile", containerfile);
    const { code, text } = await checkout.pulumi.up();
    expect({ code, text }).toMatchObject({ code: 0 });
    await expectUntouched();
  });
});

describe("settings with five mistakes", () => {
  it("are five lines with paths, before anything starts", async () => {
    checkout.set({
      "architectures.riscv64": { worker: { platform: "ssh" }, publish: ["hypervisor"] },
      "architectures.x86_64.worker.diskGib": -5,
      "architectures.x86_64.publish": ["hypervisor", "awss"],
      "targets.hypervisor.hosts": [{ name: "a", arch: "x86_64", uri: "qemu+ssh:///system" }],
    });
    const { code, text } = await checkout.pulumi.preview();
    expect(code).not.toBe(0);
    for (const path of [
      "architectures.riscv64: ",
      "architectures.x86_64.worker.diskGib: ",
      "architectures.x86_64.publish[1]: ",
      "targets.hypervisor.hosts[0].uri: ",
      "targets.hypervisor.hosts[0].pool: ",
    ]) {
      expect(text.split("\n").filter((line) => line.trim().startsWith(path))).toHaveLength(1);
    }
    expect(text).not.toMatch(/\n\s+at /);
    checkout.set({
      "architectures.riscv64": undefined,
      "architectures.x86_64.worker.diskGib": 10,
      "architectures.x86_64.publish": ["hypervisor"],
      "targets.hypervisor.hosts": [
        { name: "local", arch: "x86_64", pool: POOL, boot: { vcpus: 1, memoryMib: 1024, network: { mode: "user" } } },
      ],
    });
  });
});
