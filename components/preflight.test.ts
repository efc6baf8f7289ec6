import { readFileSync } from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { parts } from "../infra";
import { fakeStore } from "../provider/fake-store";
import { OtherRegion, type ObjectStore } from "../provider/object-store";
import { findingsText, jumpHosts, platformUses } from "./preflight";
import { decodeSettings, fileConfig, readSettings } from "../model/settings";
import { ALL, build, good, AWS_TARGET } from "../model/settings/fixtures";
import { storeFindings } from "./store-check";

const PROJECT = path.join(__dirname, "..");

function devel() {
  const source = decodeSettings(fileConfig(readFileSync(path.join(PROJECT, "Pulumi.devel.yaml"), "utf8")));
  const settings = readSettings({ source, env: {}, capabilities: ALL });
  if (settings.mode !== "build") throw new Error("devel builds");
  return settings;
}

describe("platformUses", () => {
  it("says where in the settings each platform is used for what", () => {
    const uses = platformUses(devel(), "devel");
    expect([...uses.keys()]).toEqual(["aws", "ibm", "libvirt", "openstack", "ssh"]);
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

describe("jumpHosts", () => {
  const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBPq4fO5gVbX2pUqVbB3k6l7Yy3mFqT0Yw7pQkqYb0Qx";
  const jumpHost = { host: "bastion.example.org", user: "core", hostKey: KEY, privateKeyFile: "keys/bastion" };

  it("says where in the settings each of them is", () => {
    const [region] = AWS_TARGET.regions;
    const raw = good({
      "targets.aws": { ...AWS_TARGET, regions: [{ ...region, jumpHost }] },
      "architectures.x86_64.publish": ["aws"],
      "architectures.x86_64.worker": { platform: "ssh", host: "h", hostKey: KEY, privateKeyFile: "keys/h", jumpHost },
    });
    const found = [...platformUses(build(raw), "s").values()].flatMap((use) => jumpHosts(use));
    expect(found).toEqual([
      { path: "targets.aws.regions[0].jumpHost", jumpHost: { ...jumpHost, port: 22 } },
      { path: "architectures.x86_64.worker.jumpHost", jumpHost: { ...jumpHost, port: 22 } },
    ]);
    expect([...platformUses(devel(), "devel").values()].flatMap((use) => jumpHosts(use))).toEqual([]);
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
    const documents = JSON.parse(text) as Record<
      string,
      { Statement: { Action: string[]; Resource: string[]; Condition?: object }[] }
    >;
    const all = Object.entries(documents).flatMap(([name, { Statement }]) =>
      name.startsWith("operator") ? Statement : [],
    );
    const harmful = /:(Authorize|Complete|Delete|Deregister|Disable|Enable|Modify|Put|Revoke|Terminate)/;
    const statements = all.filter(({ Action }) => Action.some((action) => harmful.test(action)));
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

describe("where records are signed", () => {
  const folders = async (settings: ReturnType<typeof build>): Promise<string> => {
    const use = platformUses(settings, "devel").get("aws");
    return JSON.stringify(use && (await parts("aws")).policies?.(use));
  };

  it("the folder of signatures is granted and tried, and nowhere else", async () => {
    const settings = build(good({ "targets.aws": AWS_TARGET, "architectures.x86_64.publish": ["aws"] }));
    const signing = { ...settings, signing: { trusted: [] } };
    expect(await folders(signing)).toContain(":s3:::builders/signatures/*/*");
    expect(await folders(signing)).toContain(":s3:::builders/builds/*/*");
    expect(await folders(settings)).not.toContain("signatures");
    for (const signs of [true, false]) {
      const tried: string[] = [];
      const refusing = { ...fakeStore({}), tryPut: (object: string) => Promise.resolve(void tried.push(object)) };
      await storeFindings({ store: settings.store, stack: "s", signs, openStore: () => refusing });
      expect(tried.includes("signatures/s/preflight-write")).toBe(signs);
      expect(tried).toContain("builds/s/preflight-write");
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
    await expect(storeFindings({ store, stack: "s", openStore: () => allowing })).resolves.toEqual([]);
    const refusing = () => ({ ...allowing, tryPut: () => Promise.reject(new Error("AccessDenied")) });
    const findings = await storeFindings({ store, stack: "s", openStore: refusing });
    expect(findingsText(findings)).toMatch(/^a thing is missing:\nstore: AccessDenied; .*s3:PutObject$/);
    const why = new Error("Could not load credentials from any providers");
    const nobody = () => Promise.reject(new Error("can't ask", { cause: why }));
    const unknown = () => ({ ...allowing, getJson: nobody, tryPut: nobody, delete: nobody, list: nobody });
    expect(findingsText(await storeFindings({ store, stack: "s", openStore: unknown }))).toMatch(
      /^a thing is missing:\nstore: can't ask; .*s3:DeleteObject, s3:GetObject, s3:ListBucket, s3:PutObject$/,
    );
    const elsewhere = () => ({ ...allowing, getJson: () => Promise.reject(new OtherRegion("no", "eu-west-1", "")) });
    await expect(storeFindings({ store, stack: "s", openStore: elsewhere })).resolves.toEqual([
      { path: "store.region", problem: "no", remedy: "the bucket is in eu-west-1: write that" },
    ]);
    const as = (more: object) =>
      storeFindings({
        ...{ store, stack: "s" },
        openStore: () => ({ ...allowing, setup: () => Promise.resolve({ ...usual, ...more }) }),
      });
    const found = { path: "store.bucket" };
    expect(await as({ keepsVersions: true })).toEqual([expect.objectContaining({ ...found, note: true })]);
    const [locked, ...others] = await as({ keepsVersions: true, locks: "COMPLIANCE, 30 days" });
    expect(locked).toMatchObject({ ...found, problem: expect.stringContaining("(COMPLIANCE, 30 days)") as string });
    expect([locked?.note, others]).toEqual([undefined, []]);
    expect(await as({ requesterPays: true })).toEqual([expect.objectContaining(found)]);
  });

  it.each([
    ["RequestTimeTooSkewed", "timedatectl"],
    ["ExpiredToken", "sign in again"],
    ["InvalidAccessKeyId", "endpoint"],
    ["SignatureDoesNotMatch", "secret key"],
    ["NoSuchBucket", "store.bucket"],
    ["XMinioStorageFull", "make room"],
    ["QuotaExceeded", "make room"],
  ])("a server that says %s lacks no permission of ours", async (name, remedy) => {
    const cause = Object.assign(new Error("the server's words"), { name });
    const fails = () => Promise.reject(new Error("can't write", { cause }));
    const store = { ...fakeStore({}), getJson: fails, tryPut: fails, delete: fails, list: fails };
    const found = await storeFindings({ store: { bucket: "b", region: "r" }, stack: "s", openStore: () => store });
    expect(found).toEqual([
      { path: "store", problem: "can't write", remedy: expect.stringContaining(remedy) as string },
    ]);
    expect(found[0]?.remedy).not.toContain("s3:");
  });
});
