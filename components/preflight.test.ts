import { readFileSync } from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parts } from "../infra";
import { OtherRegion, type ObjectStore } from "../provider/object-store";
import { findingsText, platformUses } from "./preflight";
import { decodeSettings, readSettings } from "../model/settings";
import { ALL, build, good, AWS_TARGET } from "../model/settings/fixtures";
import { storeFindings } from "./store-check";

const PROJECT = path.join(__dirname, "..");

function devel() {
  const file = parse(readFileSync(path.join(PROJECT, "Pulumi.devel.yaml"), "utf8")) as { config: object };
  const config = Object.entries(file.config).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const source = decodeSettings(Object.fromEntries(config) as Record<string, string>);
  const settings = readSettings({ source, env: {}, capabilities: ALL });
  if (settings.mode !== "build") throw new Error("devel builds");
  return settings;
}

describe("platformUses", () => {
  it("says where in the settings each platform is used for what", () => {
    const uses = platformUses(devel(), "devel");
    expect([...uses.keys()]).toEqual(["aws", "ibm", "libvirt", "openstack"]);
    const aws = uses.get("aws");
    expect(aws?.workers.map(({ path }) => path)).toEqual([
      "architectures.x86_64.worker",
      "architectures.aarch64.worker",
    ]);
    expect(aws?.places.map(({ path, arch }) => `${path} ${arch}`)).toEqual([
      "targets.aws.regions[0] x86_64",
      "targets.aws.regions[0] aarch64",
    ]);
    const power = uses.get("libvirt")?.places.filter(({ arch }) => arch === "ppc64le");
    expect(power?.map(({ path }) => path)).toEqual([4, 5, 6].map((index) => `targets.hypervisor.hosts[${index}]`));
  });

  it("asks a cloud nothing that this run leaves out", () => {
    const raw = good({ "targets.aws": AWS_TARGET, "architectures.x86_64.publish": ["hypervisor", "aws"] });
    expect([...platformUses(build(raw), "s").keys()]).toEqual(["aws", "libvirt"]);
    expect([...platformUses({ ...build(raw), only: { targets: ["hypervisor"] } }, "s").keys()]).toEqual(["libvirt"]);
  });
});

describe("the policy in docs/aws-policy.json", () => {
  it("is what the code declares for the devel stack", async () => {
    const use = platformUses(devel(), "devel").get("aws");
    const document = use && (await parts("aws")).policies?.(use);
    const committed = JSON.parse(readFileSync(path.join(PROJECT, "docs", "aws-policy.json"), "utf8")) as unknown;
    // "npm run preflight -- --stack devel --policy" prints it, below "aws".
    expect(committed).toEqual(document);
  });

  it("lets nobody touch what does not bear the stack's tag, or is in a folder of the store", () => {
    const text = readFileSync(path.join(PROJECT, "docs", "aws-policy.json"), "utf8");
    const { operator } = JSON.parse(text) as {
      operator: { Statement: { Action: string[]; Resource: string[]; Condition?: object }[] };
    };
    const harmful = /:(Authorize|Complete|Delete|Deregister|Disable|Enable|Modify|Put|Revoke|Terminate)/;
    const statements = operator.Statement.filter(({ Action }) => Action.some((action) => harmful.test(action)));
    expect(statements.length).toBeGreaterThan(2);
    for (const { Resource, Condition } of statements) {
      const stores = Resource.every((resource) =>
        /^arn:aws:s3:::copr-images\/(stacks|builds|disks|packages|leases|holds|offers)\/\*\/\*$/.test(resource),
      );
      const tagged = JSON.stringify(Condition ?? {}).includes(
        '"aws:ResourceTag/copr-builders-stack":["devel","devel.*"]',
      );
      expect(stores || tagged).toBe(true);
    }
  });
});

describe("storeFindings", () => {
  it("tries to read, to write and to delete, and says each that fails once", async () => {
    const store = { bucket: "b", region: "r" };
    const yes = () => Promise.resolve();
    const usual = { keepsVersions: false, requesterPays: false };
    const setup = () => Promise.resolve(usual);
    const allowing = { getJson: yes, tryPut: yes, delete: yes, list: yes, setup } as unknown as ObjectStore;
    await expect(storeFindings(store, "s", () => allowing)).resolves.toEqual([]);
    const refusing = () => ({ ...allowing, tryPut: () => Promise.reject(new Error("AccessDenied")) });
    const findings = await storeFindings(store, "s", refusing);
    expect(findingsText(findings)).toMatch(/^a thing is missing:\nstore: AccessDenied; .*s3:PutObject$/);
    const elsewhere = () => ({ ...allowing, getJson: () => Promise.reject(new OtherRegion("no", "eu-west-1", "")) });
    await expect(storeFindings(store, "s", elsewhere)).resolves.toEqual([
      { path: "store.region", problem: "no", remedy: "the bucket is in eu-west-1: write that" },
    ]);
    const as = (more: object) =>
      storeFindings(store, "s", () => ({ ...allowing, setup: () => Promise.resolve({ ...usual, ...more }) }));
    const found = { path: "store.bucket" };
    expect(await as({ keepsVersions: true })).toEqual([expect.objectContaining({ ...found, note: true })]);
    const [locked, ...others] = await as({ keepsVersions: true, locks: "COMPLIANCE, 30 days" });
    expect(locked).toMatchObject({ ...found, problem: expect.stringContaining("(COMPLIANCE, 30 days)") as string });
    expect([locked?.note, others]).toEqual([undefined, []]);
    expect(await as({ requesterPays: true })).toEqual([expect.objectContaining(found)]);
  });
});
