import { readFileSync } from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ARCHITECTURES } from "../../infra/words";
import { build, good, mistakes, TODAY, type Json } from "./fixtures";
import { decodeSettings, fileConfig, KEYS, readSettings } from "./index";

/** A stack's file as the engine hands it over. */
function stackFile(name: string): Json {
  return { ...decodeSettings(fileConfig(readFileSync(path.join(__dirname, "..", "..", name), "utf8"))) };
}

describe("the stacks of this project", () => {
  it("local is complete", () => {
    const settings = build(stackFile("Pulumi.local.yaml"));
    expect(settings.disk).toEqual({
      builder: { image: "127.0.0.1:15000/debian-image-builder:latest", kind: "bootc-image-builder", packaged: [] },
      rootfs: "ext4",
      args: [],
      needGib: 8,
    });
    expect(settings.architectures.x86_64?.worker).toMatchObject({
      uri: "qemu:///system",
      memoryMib: 3072,
      scratchGib: 12,
    });
    expect(mistakes(stackFile("Pulumi.local.yaml"), TODAY)).toEqual([]);
  });

  it.each(["aarch64", "ppc64le", "s390x"])("local-%s is as local, but for the architecture", (arch) => {
    const foreign = stackFile(`Pulumi.local-${arch}.yaml`);
    expect(mistakes(foreign, TODAY)).toEqual([]);
    const text = (name: string): string => readFileSync(path.join(__dirname, "..", "..", name), "utf8");
    // What is written is the same once names are the same, and what only another architecture has is left out.
    const own = text(`Pulumi.local-${arch}.yaml`)
      .replaceAll(/^#.*\n|^ +buildArgs:\n.*\n.*\n|^ +- test "\$\(uname -m\).*\n/gm, "")
      .replaceAll(`${arch}/`, "")
      .replaceAll(arch, "x86_64");
    const { bootCheck, ...rest } = decodeSettings(fileConfig(own));
    const { bootCheck: localCheck, ...local } = decodeSettings(fileConfig(text("Pulumi.local.yaml")));
    expect(rest).toEqual(local);
    expect(bootCheck).toEqual({ ...(localCheck as object), boots: 1, timeoutMinutes: 30 });
    expect(foreign).toMatchObject({
      bootCheck: { checks: expect.arrayContaining([`test "$(uname -m)" = ${arch}`]) as string[] },
    });
  });

  it("devel names every place, and is refused by name until its platforms are there", () => {
    const settings = build(stackFile("Pulumi.devel.yaml"), {});
    expect(Object.keys(settings.architectures).sort()).toEqual([...ARCHITECTURES].sort());
    const { hypervisor, ibm_cloud: ibm } = settings.targets;
    expect(hypervisor?.platform === "libvirt" && hypervisor.hosts.map((host) => host.arch)).toEqual([
      ...Array<string>(4).fill("x86_64"),
      ...Array<string>(3).fill("ppc64le"),
    ]);
    expect(ibm?.platform === "ibm" && ibm.regions.map((region) => region.name)).toEqual(["br-sao", "eu-es", "us-east"]);
    expect(settings.disk).toMatchObject({
      builder: { kind: "image-builder", packaged: ["ppc64le", "s390x"] },
      rootfs: "xfs",
      args: [],
    });
    expect(settings).toMatchObject({ rebuildAfterDays: 7, keepGenerations: 2, promotedBy: ["prod"] });

    expect(mistakes(stackFile("Pulumi.devel.yaml"), TODAY, {})).toEqual([
      'architectures.s390x.publish[0]: target "ibm_cloud": platform "ibm" has no published images yet; remove it here',
    ]);
  });

  it("prod promotes", () => {
    const settings = readSettings({ source: stackFile("Pulumi.prod.yaml"), env: {}, capabilities: TODAY });
    const promote = {
      from: "devel",
      soakDays: 7,
      skipSoak: false,
      needs: ["aws", "hypervisor", "ibm_cloud", "osuosl"],
    };
    expect(settings).toEqual({ mode: "promote", promote, keepGenerations: 2 });
  });

  it("find every key in the project's schema, with the reader's own defaults", () => {
    const project = parse(readFileSync(path.join(__dirname, "..", "..", "Pulumi.yaml"), "utf8")) as {
      config: Record<string, { type: string; description: string; default: unknown }>;
    };
    expect(Object.keys(project.config).sort()).toEqual([...KEYS].sort());
    for (const [key, { description }] of Object.entries(project.config)) expect(description, key).toBeTruthy();
    const defaults = Object.fromEntries(Object.entries(project.config).map(([key, entry]) => [key, entry.default]));
    expect(build({ ...defaults, ...good() })).toEqual(build(good()));
  });
});
