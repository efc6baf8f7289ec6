import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { describe, expect, it } from "vitest";
import { REPOSITORY } from "../local/places";
import { partsFor } from "./parts";
import { farmSettings, leftOut, promotingSettings, type FarmWorld, type Values } from "./settings";

const configOf = (stack: string): Values =>
  (parse(readFileSync(join(REPOSITORY, `Pulumi.${stack}.yaml`), "utf8")) as { config: Values }).config;
const [devel, prod] = ["devel", "prod"].map(configOf) as [Values, Values];
const hosts = [1, 2, 3, 4].map((n) => `vmhost-x86-copr0${n}`);
const power = ["vmhost-p08-copr01", "vmhost-p08-copr02", "vmhost-p09-copr01"];
const worker = { platform: "ssh", host: "127.0.0.1" };
const whole: FarmWorld = {
  store: { endpoint: "http://127.0.0.1:1" },
  workers: { x86_64: worker, aarch64: worker, ppc64le: worker, s390x: worker },
  targets: {
    aws: { subnets: { "us-east-1": ["subnet-1"] }, more: { volumeGib: 1 } },
    hypervisor: {
      uris: Object.fromEntries([...hosts, ...power].map((name) => [name, `qemu+unix:///system?socket=/${name}`])),
    },
    ibm_cloud: { vpc: "builders" },
    osuosl: { cloud: "farm" },
  },
};
const text = (settings: Values): string => JSON.stringify(settings);
const made = (world: FarmWorld): Values => farmSettings(devel, world, "/context", "farm-prod");

describe("the farm's settings", () => {
  it("have every architecture, target, host and region of devel, and nothing that is not on this machine", () => {
    const settings = made(whole);
    expect(leftOut(devel, settings)).toEqual([]);
    for (const name of [...hosts, ...power, "us-east-1", "br-sao", "eu-es", "us-east"])
      expect(text(settings)).toContain(`"${name}"`);
    for (const stranger of ["example.org", "qemu+ssh", "203.0.113", "subnet-0a", "quay.io"])
      expect(text(settings)).not.toContain(stranger);
    expect(settings["copr-builders:architectures"]).toMatchObject({
      ppc64le: { publish: ["hypervisor", "osuosl"] },
      s390x: { publish: ["ibm_cloud"] },
    });
    expect(settings["copr-builders:promotedBy"]).toEqual(["farm-prod"]);
  });

  it("without a target have no architecture that goes nowhere else, and it is said what is missing", () => {
    const { ibm_cloud: _, hypervisor, ...targets } = whole.targets;
    const uris = Object.fromEntries(Object.entries(hypervisor?.uris ?? {}).slice(0, 4));
    const settings = made({ ...whole, targets: { ...targets, hypervisor: { uris } } });
    expect(leftOut(devel, settings)).toEqual([
      "architecture s390x",
      "target ibm_cloud",
      ...power.map((name) => `hypervisor ${name}`),
    ]);
    expect(settings["copr-builders:architectures"]).toMatchObject({ ppc64le: { publish: ["osuosl"] } });
  });

  it("of the stack that promotes need what there is, at once", () => {
    expect(promotingSettings(prod, "farm", ["aws", "osuosl"])).toEqual({
      "copr-builders:promote": { from: "farm", soakDays: 0, needs: ["aws", "osuosl"] },
    });
  });
});

describe("what a machine has room for", () => {
  const all = ["x86_64", "ppc64le"] as const;
  const machine = { memoryMib: 24_000, has: () => true };

  it("is everything on a large one", () => {
    expect(partsFor(all, {}, machine)).toEqual({
      ...{ architectures: all, targets: ["aws", "hypervisor", "ibm_cloud", "osuosl"], guests: all, leftOut: [] },
    });
  });

  it("is less on a small one, and what is left out is named with the reason", () => {
    const { targets, guests, leftOut } = partsFor(all, {}, { memoryMib: 3_600, has: () => false });
    expect([targets, guests]).toEqual([["aws", "hypervisor"], ["x86_64"]]);
    expect(leftOut).toEqual([
      "ibm_cloud: needs 500 MiB of memory beside the others, and 400 are left",
      "osuosl: needs 1000 MiB of memory beside the others, and 400 are left",
      "ppc64le on its hypervisors: qemu-system-ppc64 is not installed (Debian: qemu-system-ppc)",
    ]);
  });

  it("is what was asked for, if it fits", () => {
    const wish = { architectures: ["ppc64le"], targets: ["osuosl"] } as const;
    expect(partsFor(all, wish, machine)).toEqual({ ...wish, guests: [], leftOut: [] });
  });
});
