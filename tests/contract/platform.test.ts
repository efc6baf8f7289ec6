/** The contract that every platform keeps: the same tests over each of them. */
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { parts } from "../../infra";
import type { AnyParts, Disk } from "../../infra/platform";
import { capabilities, platformNamed, PLATFORM_NAMES } from "../../infra/specs";
import { ARCHITECTURES, UnsupportedError } from "../../infra/words";
import { fixtures } from "./fixtures";

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

const registered: Registered[] = [];

const FIRST = { number: 1, of: 2 };

const artifact: Disk = {
  version: 1,
  key: "ab".repeat(32),
  arch: "x86_64",
  disk: { sizeBytes: 1 << 30, dataBytes: 1 << 20, sha256: "cd".repeat(32) },
  objects: { "raw.zst": { object: "disks/test/abab.raw.zst", sizeBytes: 1000 } },
  worker: { platform: "libvirt", type: "2 vCPU, 3072 MiB" },
  form: { snapshotId: "snap-0123", volumeGib: 10 },
  imageDigest: `sha256:${"01".repeat(32)}`,
  builtAt: "2026-01-01T00:00:00Z",
  seconds: { prepare: 1, build: 1, disk: 1, upload: 1, commit: 1 },
};

beforeAll(async () => {
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }: pulumi.runtime.MockResourceArgs) => {
        registered.push({ type, name, inputs: inputs as Record<string, unknown> });
        return {
          id: `${name}-id`,
          state: {
            ...(inputs as Record<string, unknown>),
            publicKeyOpenssh: `ssh-ed25519 ${name}`,
            privateKeyOpenssh: `private ${name}`,
            port: 20022,
            era: 1,
            volumeName: `${name}-volume`,
            networkInterfaces: [{ addresses: ["192.0.2.7"] }],
            publicIp: "192.0.2.8",
            ebsBlockDevices: [{ deviceName: "/dev/sdf", volumeId: "vol-0123" }],
          },
        };
      },
      call: ({ inputs }: pulumi.runtime.MockCallArgs) => inputs as Record<string, unknown>,
    },
    "copr-builders",
    "contract",
  );
});

/** Fails where it is not known, and does not wait for ever. */
function value<T>(output: pulumi.Input<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("an output never came")), 5_000);
    pulumi.output(output).apply((known) => {
      clearTimeout(late);
      if (known === undefined) reject(new Error("an output is undefined"));
      else resolve(known as T);
    });
  });
}

class Parent extends pulumi.ComponentResource {
  constructor(name: string) {
    super("test:index:Parent", name);
  }
}

describe.each(PLATFORM_NAMES.map((name) => ({ name })))("platform $name", ({ name }) => {
  const has = capabilities()[name] ?? { workers: [], images: [] };

  if (!platformNamed(name)?.hasParts) {
    it("is refused by name until it has code, and promises nothing", async () => {
      await expect(parts(name)).rejects.toThrow(UnsupportedError);
      await expect(parts(name)).rejects.toThrow(`platform "${name}" has no implementation yet`);
      expect(has).toEqual({ workers: [], images: [] });
    });
    return;
  }

  let subject: AnyParts;
  beforeAll(async () => {
    subject = await parts(name);
  });
  const { worker, place } = fixtures[name];

  it("says its own name and only known architectures", () => {
    expect(platformNamed(name)?.name).toBe(name);
    for (const arch of [...has.workers, ...has.images]) expect(ARCHITECTURES).toContain(arch);
  });

  it("has a worker whose host key is known and whose login key is secret, or refuses", async () => {
    if (has.workers.length === 0 || !worker) {
      expect(has.workers).toEqual([]);
      return;
    }
    const machine = subject.worker(`${name}-worker`, "x86_64", worker, { parent: new Parent(`${name}-w`) }, FIRST);
    expect(await value(machine.connection.hostKey)).toMatch(/^ssh-ed25519 /);
    expect(await value(machine.connection.host)).not.toBe("");
    expect(await value(machine.connection.port)).toBeGreaterThan(0);
    expect(await value(machine.connection.privateKey)).not.toBe("");
    expect(await value(machine.machineId)).not.toBe("");
    // Only what we made may be powered off, and only that has a disk to format.
    expect(machine.ownMachine || machine.scratchDevice === undefined).toBe(true);
  });

  it("publishes under the planned name and boots what it published, or refuses", async () => {
    const spec = {
      arch: "x86_64" as const,
      imageName: "copr-builder-x86_64-g1-abababab",
      owner: { identity: "abcdefgh2345", resource: "copr-builder-x86_64-g1-abababab.somewhere" },
      store: { bucket: "builders", region: "us-east-1" },
    };
    if (!place) {
      expect(has.images).toEqual([]);
      const somewhere = fixtures.libvirt.place;
      if (!somewhere) throw new Error("the libvirt fixture has a place");
      const refused = { ...spec, place: somewhere };
      expect(() => subject.publish("p", refused, artifact, {})).toThrow(UnsupportedError);
      expect(() => subject.boot("b", { ...refused, imageId: "x" }, {})).toThrow(UnsupportedError);
      return;
    }
    const parent = new Parent(`${name}-p`);
    const image = subject.publish(`${name}-image`, { ...spec, place }, artifact, { parent });
    expect(await value(image.imageId)).not.toBe("");
    const published = registered.filter((resource) => resource.name.startsWith(`${name}-image`));
    expect(JSON.stringify(published)).toContain(spec.imageName);
    // What is published is checked against the disk that was built.
    expect(JSON.stringify(published)).toContain(artifact.disk.sha256);

    const booted = subject.boot(`${name}-boot`, { arch: "x86_64", imageId: image.imageId, place }, { parent });
    expect(await value(booted.connection.hostKey)).toMatch(/^ssh-ed25519 /);
    expect(await value(booted.machineId)).not.toBe("");
    const machines = registered.filter((resource) => resource.name.startsWith(`${name}-boot`));
    expect(JSON.stringify(machines)).toContain(await value(image.imageId));
  });

  it("finds nothing missing where nothing of it is used", async () => {
    await expect(subject.preflight({ workers: [], places: [] })).resolves.toEqual([]);
  });

  it("refuses the settings of another platform by name", () => {
    const other = name === "libvirt" ? fixtures.ssh.worker : fixtures.libvirt.worker;
    if (!other) throw new Error("both fixtures have workers");
    expect(() => subject.worker("w", "x86_64", other, {}, FIRST)).toThrow(UnsupportedError);
  });
});
