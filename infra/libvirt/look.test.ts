import { readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { messageOf } from "../../contract/message-of";
import { fakeHypervisor, lookAlikes, remember, type FakeHypervisor } from "./provider/image/testing/hypervisor";
import type { PlatformUse } from "../platform";
import type { LibvirtPlace, LibvirtWorker } from "./settings";
import { libvirtLook, libvirtOwned } from "./look";

const NAME = "copr-builder-x86_64-g1-01234567";
const IDENTITY = "abcdefgh2345";
const MACHINE = `${IDENTITY}.build-x86_64.89abcdef-worker`;
const place: LibvirtPlace = {
  platform: "libvirt",
  host: "vmhost-01",
  arch: "x86_64",
  uri: "qemu:///system",
  pool: "images",
  boot: { vcpus: 1, memoryMib: 1024, network: { mode: "user" } },
};

let hypervisor: FakeHypervisor;
beforeEach(() => {
  hypervisor = fakeHypervisor();
});

function image(name: string, fingerprint = "5-1700000000", identity = IDENTITY): void {
  const file = join(hypervisor.images, name);
  writeFileSync(file, "bytes");
  // The time that the fingerprint has.
  utimesSync(file, 1_700_000_000, 1_700_000_000);
  symlinkSync(`copr-builders ${identity} ${"0".repeat(64)} ${fingerprint} image.place`, `${file}.owner`);
}

describe("libvirtLook", () => {
  it("is the same place however it is spelled, and another one for another pool", async () => {
    const look = (more: Partial<LibvirtPlace>) => libvirtLook({ ...place, ...more }, [], hypervisor.run);
    const { identity } = await look({});
    expect(identity).toMatch(/^libvirt-[0-9a-f]{12}$/);
    expect((await look({ uri: "qemu+unix:///system?socket=/run/x", host: "other" })).identity).toBe(identity);
    expect((await look({ pool: "workers" })).identity).not.toBe(identity);
  });

  it("shows the wanted volumes, and whose they are if they are as they were marked; changes nothing", async () => {
    lookAlikes(hypervisor, NAME, "abcdefgh2346");
    image(NAME);
    image("theirs", "5-1700000000", "zzzzzzzzzzzz");
    image("changed", "6-1700000000");
    writeFileSync(join(hypervisor.images, "unmarked"), "");
    symlinkSync("copr-builders x y z r", join(hypervisor.images, "gone.owner"));
    const before = remember(hypervisor);
    const names = [NAME, "theirs", "changed", "unmarked", "gone", "never"];
    const { images } = await libvirtLook(place, names, hypervisor.run);
    const seen = (name: string, owner?: string) => ({ name, imageId: name, whole: true, ...(owner && { owner }) });
    expect(images).toEqual([seen(NAME, IDENTITY), seen("theirs", "zzzzzzzzzzzz"), seen("changed"), seen("unmarked")]);
    expect(remember(hypervisor)).toEqual(before);
  });

  it("names the hypervisor that does not answer, and what to try", async () => {
    // As virsh says it.
    const down = "failed to connect to the hypervisor\nerror: Failed to connect socket to '/run/libvirt/libvirt-sock'";
    writeFileSync(`${hypervisor.pools}.broken`, down);
    const found = await libvirtLook(place, [], hypervisor.run).catch(messageOf);
    expect(found).toMatch(
      /^qemu:\/\/\/system, pool "images": libvirt on \S+ does not answer at qemu:\/\/\/system: [^]*libvirt-sock'; start libvirtd there/,
    );
    expect(found).toMatch(/Try "virsh -c 'qemu:\/\/\/system' pool-list"/);
    expect(found).not.toMatch(/no storage pool|define it/);
  });

  it("names the pool that can't be looked at for another reason", async () => {
    writeFileSync(`${hypervisor.pools}.broken`, "internal error: pool has asynchronous jobs running");
    await expect(libvirtLook(place, [], hypervisor.run)).rejects.toThrow(
      /can't look at storage pool "images" at qemu:\/\/\/system: error: internal error/,
    );
  });
});

describe("libvirtOwned", () => {
  const worker = { platform: "libvirt", pool: "workers", base: { volume: "b" }, vcpus: 1, memoryMib: 512, diskGib: 1 };
  const use: PlatformUse<LibvirtWorker, LibvirtPlace> = {
    workers: [
      {
        path: "w",
        arch: "x86_64",
        spec: {
          ...worker,
          platform: "libvirt",
          uri: place.uri,
          scratchGib: 1,
          network: { mode: "user" },
          lifetimeMinutes: 1,
        },
      },
    ],
    places: [
      { path: "a", arch: "x86_64", spec: place },
      { path: "b", arch: "x86_64", spec: { ...place, uri: "qemu+unix:///system?socket=/run/x" } },
    ],
  };

  it("lists everything of the identity once, and removing it leaves 200 look-alikes as they were", async () => {
    lookAlikes(hypervisor, NAME, "abcdefgh2346");
    // Identities that begin alike, too.
    lookAlikes(hypervisor, MACHINE.replace(IDENTITY, `${IDENTITY}x`), "bbcdefgh2345", 3);
    lookAlikes(hypervisor, MACHINE.replace(`${IDENTITY}.`, `${IDENTITY}-`), "abcdefgh234", 3);
    const changed = "changed-by-hand";
    image(changed, "6-1700000000");
    const neighbours = remember(hypervisor);

    image(NAME);
    symlinkSync(`copr-builders ${IDENTITY} x 1-1 r`, join(hypervisor.images, "lost.owner"));
    writeFileSync(join(hypervisor.images, `half.partial.${IDENTITY}.4194305`), "half");
    hypervisor.domain(MACHINE, "", true);
    writeFileSync(join(hypervisor.workers, `${MACHINE}-root`), "overlay");
    for (const pool of [hypervisor.images, hypervisor.workers]) writeFileSync(`${pool}.volumes`, "");

    const things = await libvirtOwned(use, IDENTITY, hypervisor.run);
    expect(things.map(({ kind, id }) => `${kind} ${id}`).sort()).toEqual([
      `domain ${MACHINE}`,
      "half volume images/half",
      "mark without a volume images/lost",
      `volume images/${NAME}`,
      `volume workers/${MACHINE}-root`,
    ]);
    expect(things.find(({ id }) => id === `images/${NAME}`)).toMatchObject({
      since: "2023-11-14T22:13:20.000Z",
      where: place.uri,
    });

    writeFileSync(`${hypervisor.workers}.volumes`, `${MACHINE}-root\n`);
    for (const thing of things) await thing.remove();
    expect(remember(hypervisor)).toEqual(neighbours);
    // What is gone is removed.
    for (const thing of things) await thing.remove();
    expect(remember(hypervisor)).toEqual(neighbours);
    expect(await libvirtOwned(use, IDENTITY, hypervisor.run)).toEqual([]);
  }, 60_000);

  it("removes nothing that another has taken meanwhile", async () => {
    image(NAME);
    const [thing] = await libvirtOwned({ ...use, workers: [] }, IDENTITY, hypervisor.run);
    writeFileSync(join(hypervisor.images, NAME), "another's");
    await expect(thing?.remove()).rejects.toThrow(/somebody changed or replaced it after it was made; it is kept/);
    expect(readFileSync(join(hypervisor.images, NAME), "utf8")).toBe("another's");
  });

  it("says which hypervisor can't be asked", async () => {
    const spec = { ...place, pool: "missing" };
    await expect(
      libvirtOwned({ workers: [], places: [{ path: "p", arch: "x86_64", spec }] }, IDENTITY, hypervisor.run),
    ).rejects.toThrow(/qemu:\/\/\/system: no storage pool "missing"/);
  });
});
