/** What platform fake does, on files. */
import { readdir } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { FinishedForm } from "../../infra/forms";
import type { Parts } from "../../infra/platform";
import { FakeImage, FakeMachine, FakeUpload } from "./provider/resources";
import type { FakeForm, FakePlace, FakeWorker } from "./settings";

function connection(machine: FakeMachine) {
  const { privateKeyOpenssh: privateKey, publicKeyOpenssh: hostKey } = machine;
  return { host: "127.0.0.1", port: 22, user: "root", privateKey: pulumi.secret(privateKey), hostKey };
}

export const parts: Parts<FakeWorker, FakePlace, FakeForm> = {
  worker: (name, arch, { folder, lifetimeMinutes }, opts, { number, madeFor }) => {
    const identity = madeFor?.identity ?? "nobody";
    const machine = new FakeMachine(
      name,
      { folder: join(folder, `${arch}-${number}`), identity, lifetimeMinutes },
      opts,
    );
    return { connection: connection(machine), ownMachine: true, machineId: machine.id };
  },
  publish: (name, { imageName, place, owner }, disk, opts) => {
    const made = pulumi.output(disk);
    const image = new FakeImage(
      name,
      {
        ...{ folder: place.folder, imageName },
        sha256: made.disk.sha256,
        form: made.apply(({ form }) => JSON.stringify(form)),
        owner: pulumi.output(owner.identity).apply((identity) => `${identity} ${owner.resource}`),
      },
      opts,
    );
    return { imageId: image.id };
  },
  form: {
    begin: (form, { key, identity }) => {
      const { snapshotId } = new FakeUpload(`upload-${form.shelf}`, { folder: form.folder, key, identity });
      return snapshotId.apply((id) => ({
        ...{ format: "blocks" as const, region: form.shelf, snapshotId: id, volumeGib: 1 },
      }));
    },
    supply: () => undefined,
    finish: (name, disk, { form }, { key, identity }, opts) => {
      const { snapshotId } = new FakeUpload(`${name}-${form.shelf}`, { folder: form.folder, key, identity }, opts);
      return pulumi.all([snapshotId, disk.disk.sha256]).apply(([id, sha256]): FinishedForm => ({ id, sha256 }));
    },
  },
  boot: (name, { imageId, place, madeFor, lifetimeMinutes }, opts) => {
    const identity = madeFor?.identity ?? "nobody";
    const machine = new FakeMachine(
      name,
      { folder: join(place.folder, "booted"), image: imageId, identity, lifetimeMinutes },
      opts,
    );
    return { connection: connection(machine), machineId: machine.id };
  },
  preflight: ({ workers, places }) => {
    const missing = [...workers, ...places].filter(({ spec }) => !existsSync(spec.folder));
    const findings = missing.map(({ path, spec }) => ({
      ...{ path: `${path}.folder`, problem: `${spec.folder} is not there`, remedy: "make it" },
    }));
    return Promise.resolve(findings);
  },
  look: async ({ folder }, names) => {
    const found = existsSync(folder) ? await readdir(folder) : [];
    const images = found.filter((name) => names.includes(name)).map((name) => ({ name, imageId: join(folder, name) }));
    return { identity: `fake-${folder}`, images: images.map((image) => ({ ...image, whole: true })) };
  },
  owned: () => Promise.resolve([]),
  ownedTypes: ["builders:index:FakeImage"],
};
