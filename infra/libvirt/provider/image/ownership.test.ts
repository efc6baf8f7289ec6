/** Whose a volume is: what is taken over, what is refused, what is deleted; each time the survivors' bytes are read back. */
import { readFileSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Properties } from "../../../../provider/handler";
import { type FakeHypervisor, fakeHypervisor } from "./testing/hypervisor";
import { DISK, IDENTITY, NAME, type Stacks, imageInputs as inputs, sha256, stacks } from "./testing/stacks";

const OTHER_IDENTITY = "abcdefgh2346";
const OTHER_DISK = Buffer.alloc(DISK.length, "other");
const ELSEWHERE = "qemu+unix:///system?socket=/run/libvirt/libvirt-sock";

let hypervisor: FakeHypervisor;
let volume: string;
let server: Stacks;

beforeAll(async () => {
  server = await stacks();
});
afterAll(() => server.close());
beforeEach(() => {
  hypervisor = fakeHypervisor();
  volume = join(hypervisor.images, NAME);
  server.reset();
});

const stack = (said: string[] = []) => server.stack(hypervisor, said);
const owner = (resource: string, identity = IDENTITY) => ({ owner: { identity, resource } });

/** The outputs that the version before left in a state, and its volume. */
function before(bytes: Buffer = DISK): Properties {
  writeFileSync(volume, bytes);
  const { owner: _none, ...state } = inputs();
  return { ...state, volumeName: NAME, capacity: DISK.length, allocation: DISK.length, seconds: 2 };
}

function changeByHand(bytes: Buffer): void {
  writeFileSync(volume, bytes);
  utimesSync(volume, 1_700_000_000, 1_700_000_000);
}

const live = (): Buffer => readFileSync(volume);
const files = (): string[] => readdirSync(hypervisor.images);

describe("what the live image is after", () => {
  test("another resource takes it over, and the old one's deletion leaves it alone", async () => {
    const said: string[] = [];
    const { create, remove } = stack(said);
    const old = await create(inputs(owner("image.target.host")));
    const renamed = await create(inputs(owner("image.libvirt-5f1a")));
    await remove(old);
    expect(server.requests).toBe(1);
    expect(live().equals(DISK)).toBe(true);
    expect(hypervisor.mark(NAME)?.at(-1)).toBe("image.libvirt-5f1a");
    expect(said).toEqual([expect.stringContaining("is left alone: image.libvirt-5f1a has taken it over")]);
    await remove(renamed);
    expect(files()).toEqual([]);
  });

  test("another spelling of the place, a renamed resource, another store: an update that pulls nothing", async () => {
    const { create, update, diff, remove } = stack();
    const old = await create(inputs());
    const news = inputs({ uri: ELSEWHERE, ...owner("image.renamed") });
    expect(diff(old, news)).toEqual({ changes: true, replaces: [] });
    expect(diff(old, inputs({ store: { bucket: "c", region: "r" } })).changes).toBe(false);
    const outs = await update(old, news);
    expect(outs).toMatchObject({ uri: ELSEWHERE, capacity: DISK.length, seconds: old.seconds });
    expect([server.requests, live().equals(DISK), hypervisor.mark(NAME)?.at(-1)]).toEqual([1, true, "image.renamed"]);
    await remove(outs);
    expect(files()).toEqual([]);
  });

  test("an upgrade: the volume of the version before gets its mark, nothing is read, pulled or replaced", async () => {
    const { update, diff, read } = stack();
    // Its content is believed: read, this one would be found wrong.
    const old = before(OTHER_DISK);
    expect(diff(old, inputs())).toEqual({ changes: true, replaces: [] });
    const outs = await update(old, inputs());
    expect([server.requests, live().equals(OTHER_DISK)]).toEqual([0, true]);
    expect(hypervisor.mark(NAME)?.slice(0, 3)).toEqual(["copr-builders", IDENTITY, sha256(DISK)]);
    expect(await read(outs)).toMatchObject({ capacity: DISK.length });
  });

  test("an upgrade where the volume is another by now is refused", async () => {
    const old = before(Buffer.alloc(5, "x"));
    await expect(stack().update(old, inputs())).rejects.toThrow(/other content \(5 bytes\).*vol-delete/);
    expect(live().toString()).toBe("xxxxx");
  });

  test("deleted by hand: seen by a refresh, pulled again when that is asked for, and once only", async () => {
    const { create, read, update, diff } = stack();
    const old = await create(inputs());
    rmSync(volume);
    expect(await read(old)).toBeUndefined();
    const news = inputs({ again: "1" });
    expect(diff(old, news)).toEqual({ changes: true, replaces: [] });
    const outs = await update(old, news);
    expect([server.requests, live().equals(DISK)]).toEqual([2, true]);
    expect(diff(outs, news).changes).toBe(false);
    expect(diff(outs, inputs()).changes).toBe(false);
    // Whole: nothing to pull.
    await update(outs, inputs({ again: "2" }));
    expect(server.requests).toBe(2);
  });

  test("replaced by hand: it is nobody's, so it is neither taken, nor overwritten, nor deleted", async () => {
    const said: string[] = [];
    const { create, read, update, remove } = stack(said);
    const old = await create(inputs());
    changeByHand(OTHER_DISK);
    expect(await read(old)).toBeUndefined();
    await expect(create(inputs())).rejects.toThrow(/somebody changed or replaced volume.*vol-delete/);
    await expect(update(old, inputs({ again: "1" }))).rejects.toThrow(/somebody changed or replaced volume/);
    await remove(old);
    expect(said).toHaveLength(2);
    expect(said[1]).toContain("is left alone: somebody changed or replaced it");
    expect(live().equals(OTHER_DISK)).toBe(true);
  });

  test("restored from a backup with other times, or without its mark: taken over by its content", async () => {
    const { create } = stack();
    const old = await create(inputs());
    changeByHand(DISK);
    await create(inputs());
    rmSync(`${volume}.owner`);
    await stack().remove(old);
    expect(live().equals(DISK)).toBe(true);
    expect(await create(inputs())).toMatchObject({ capacity: DISK.length });
    expect([server.requests, hypervisor.mark(NAME)?.[1]]).toEqual([1, IDENTITY]);
  });

  test("another disk under the same name replaces it at once, and the old resource's deletion leaves that", async () => {
    const { create, remove, diff } = stack();
    server.meanwhile = () => expect(live().equals(OTHER_DISK)).toBe(true);
    writeFileSync(volume, OTHER_DISK);
    const old = await create(inputs({ sha256: sha256(OTHER_DISK) }));
    expect(diff(old, inputs())).toEqual({ changes: true, replaces: ["sha256"] });
    await create(inputs());
    await remove(old);
    expect([server.requests, live().equals(DISK)]).toEqual([1, true]);
    expect(files()).toEqual([NAME, `${NAME}.owner`]);
  });

  test("a second stack with the same name is refused, and hears whose it is; its deletion leaves it alone", async () => {
    const said: string[] = [];
    const { create, remove } = stack(said);
    const first = await create(inputs());
    const theirs = inputs(owner("image.theirs", OTHER_IDENTITY));
    await expect(create(theirs)).rejects.toThrow(/belongs to image\.place of the stack with the identity abcdefgh2345/);
    await remove({ ...first, ...theirs });
    expect(said).toEqual([expect.stringContaining("is left alone: it belongs to image.place of the stack")]);
    expect([live().equals(DISK), hypervisor.mark(NAME)?.[1]]).toEqual([true, IDENTITY]);
  });

  test("a second stack that finishes first keeps what it made", async () => {
    server.meanwhile = () => {
      writeFileSync(volume, OTHER_DISK);
      symlinkSync(`copr-builders ${OTHER_IDENTITY} x 1-1 theirs`, `${volume}.owner`);
    };
    await expect(stack().create(inputs())).rejects.toThrow(/somebody made or changed volume/);
    expect([live().equals(OTHER_DISK), hypervisor.mark(NAME)?.[1]]).toEqual([true, OTHER_IDENTITY]);
    expect(files()).toEqual([NAME, `${NAME}.owner`]);
  });
});

describe("a cut", () => {
  const killedAtRename = async (): Promise<void> => {
    const mv = join(hypervisor.pools, "..", "bin", "mv");
    writeFileSync(
      mv,
      `#!/bin/sh\nfor last; do :; done\n[ "$last" != "${volume}" ] || { kill -9 $PPID; exit 1; }\nexec /bin/mv "$@"\n`,
      {
        mode: 0o755,
      },
    );
    await expect(stack().create(inputs())).rejects.toThrow();
    rmSync(mv);
  };

  test("between mark and volume: no volume without an owner, and the next run goes on", async () => {
    await killedAtRename();
    expect(files()).toEqual([`${NAME}.owner`, expect.stringContaining(`${NAME}.partial.${IDENTITY}.`)]);
    const outs = await stack().create(inputs());
    expect(live().equals(DISK)).toBe(true);
    await stack().remove(outs);
    expect(files()).toEqual([]);
  });

  test("while another disk takes its place: what is there is still ours", async () => {
    writeFileSync(volume, OTHER_DISK);
    const old = await stack().create(inputs({ sha256: sha256(OTHER_DISK) }));
    await killedAtRename();
    expect(live().equals(OTHER_DISK)).toBe(true);
    expect(await stack().read({ ...old, sha256: sha256(DISK) })).toBeDefined();
    // An update that believes marks does not believe this one.
    await stack().update(old, inputs());
    expect([live().equals(DISK), hypervisor.mark(NAME)?.[3]]).toEqual([true, expect.not.stringContaining(",")]);
    expect(files()).toEqual([NAME, `${NAME}.owner`]);
  });

  test("a mark of another stack without a volume holds nobody up", async () => {
    symlinkSync(`copr-builders ${OTHER_IDENTITY} x 1-1 theirs`, `${volume}.owner`);
    await stack().create(inputs());
    expect([live().equals(DISK), hypervisor.mark(NAME)?.[1]]).toEqual([true, IDENTITY]);
  });

  test("a half volume of the version before goes, one of another stack stays", async () => {
    const [ours, theirs] = [`${NAME}.partial.4194305`, `${NAME}.partial.${OTHER_IDENTITY}.4194305`];
    for (const name of [ours, theirs]) writeFileSync(join(hypervisor.images, name), "half");
    await stack().create(inputs());
    expect(files()).toEqual([NAME, `${NAME}.owner`, theirs]);
  });
});

describe("deleting what the version before made", () => {
  test("goes if it is as big as the state says", async () => {
    await stack().remove(before(OTHER_DISK));
    expect(files()).toEqual([]);
  });

  test.each([
    ["another size", () => void writeFileSync(volume, "x"), /has 1 bytes instead of 65536/],
    [
      "a mark by now",
      () => void symlinkSync(`copr-builders ${OTHER_IDENTITY} x 1-1 theirs`, `${volume}.owner`),
      /theirs/,
    ],
  ])("stays with %s", async (_what, change, why) => {
    const said: string[] = [];
    const state = before();
    change();
    await stack(said).remove(state);
    expect(said).toEqual([expect.stringMatching(why)]);
    expect(files()).toContain(NAME);
  });
});
