import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { isRecord } from "../../contract/is-record";
import { put } from "../../infra/testing/contract/settings";
import { AWS_TARGET, build, good, mistakes } from "./fixtures";
import { pathText } from "./index";
import { decodeSettings, fileConfig } from "./pulumi-config";
import { SECRET, secretSetting } from "./secrets";

const FILE = `
config:
  copr-builders:store: { bucket: b, nested: [{ secure: v1:x }, { plain: 1 }], region: { secure: v1:y } }
  copr-builders:whole: { secure: v1:z }
`;

describe("a secret setting", () => {
  it("is known by its place, and never by its value", () => {
    const store = '{"bucket":"b","nested":["hidden",{"plain":1}],"region":"hidden"}';
    const config = { "copr-builders:store": store, "copr-builders:keepGenerations": "2" };
    const keys = ["copr-builders:store", "copr-builders:whole", "other:key"];
    expect(decodeSettings(config, { keys, file: FILE })).toEqual({
      store: { bucket: "b", nested: [SECRET, { plain: 1 }], region: SECRET },
      keepGenerations: 2,
      whole: SECRET,
    });
  });

  it("is the whole key where the file doesn't tell the place", () => {
    expect(secretSetting("copr-builders:store", undefined)).toBe(SECRET);
    expect(secretSetting("copr-builders:absent", FILE)).toBe(SECRET);
    expect(secretSetting("copr-builders:plain", "config: { copr-builders:plain: { a: 1 } }")).toBe(SECRET);
  });

  it("changes nothing of what stands beside it: the engine says how that is read", () => {
    const lines = ["  umask: 022", "  day: 2026-12-05", "  <<: *common", "  secrets: { token: { secure: v1:x } }"];
    const file = `x: &common { context: images/x }\nconfig:\n  copr-builders:source:\n  ${lines.join("\n  ")}\n`;
    const read = { umask: 18, day: "2026-12-05 00:00:00 +0000 UTC", context: "images/x", secrets: { token: "hidden" } };
    const options = { keys: ["copr-builders:source"], file };
    const rest = { context: "images/x", day: "2026-12-05", secrets: { token: SECRET } };
    expect(decodeSettings({ "copr-builders:source": JSON.stringify(read) }, options)).toEqual({
      source: { ...rest, umask: 18 },
    });
    // A command line that decrypts nothing.
    expect(decodeSettings({}, options)).toEqual({ source: { ...rest, umask: 22 } });
  });

  it.each([
    ["another text", { context: "images/y", secrets: { token: "hidden" } }],
    ["a secret elsewhere", { context: "images/x", secrets: { token: "hidden" }, buildArgs: { KEY: "hidden" } }],
    ["none where the file has one", { context: "images/x" }],
    ["a longer list", { context: "images/x", secrets: ["hidden"] }],
  ])("is the whole key where the engine was told to read another file: %s", (_, read) => {
    const file = "config: { copr-builders:source: { context: images/x, secrets: { token: { secure: v1:x } } } }";
    expect(secretSetting("copr-builders:source", file, read)).toBe(SECRET);
  });

  it("is found in what a stack that is gone has left", () => {
    expect(decodeSettings({ "copr-builders:store": '{"bucket":{"secure":"v1:x"}}' })).toEqual({
      store: { bucket: SECRET },
    });
  });

  it.each<[string, Record<string, unknown>]>([
    ["source.buildArgs.KEY", { "source.buildArgs": { KEY: SECRET } }],
    ["store.bucket", { "store.bucket": SECRET }],
    ["disk.args[1]", { "disk.args": ["--x", SECRET] }],
    ["targets.aws.tags.Owner", { "targets.aws": { ...AWS_TARGET, tags: { Owner: SECRET } } }],
    ["targets.aws.regions[0]", { "targets.aws": { ...AWS_TARGET, regions: [SECRET] } }],
    ["architectures.x86_64.worker.platform", { "architectures.x86_64.worker.platform": SECRET }],
    ["store", { store: SECRET }],
    ["promote.from", { promote: { from: SECRET } }],
    ["unknown.key", { unknown: { key: SECRET } }],
  ])("is refused by path, and nothing else is said of it: %s", (at, changes) => {
    const found = mistakes(good(changes)).filter((line) => line.startsWith(`${at}:`));
    expect(found).toEqual([expect.stringMatching(/: is a secret \(secure:\)/)]);
  });
});

it.each(["source.secrets.TOKEN", "targets.aws.regions[0]"])("a path that was not said to be one is told: %s", (key) => {
  for (const value of [SECRET, "in clear"]) {
    expect(mistakes({ ...good(), [key]: value })).toEqual([expect.stringMatching(/is one key by this name.* --path$/)]);
  }
});

describe("a password in an address", () => {
  it.each<[string, string, Record<string, unknown>]>([
    ["a URI of libvirt", "qemu+ssh://me:...@hv1/system", hypervisor("qemu+ssh://me:plan/t@ed@hv1/system")],
    ["an image", "docker://me:...@quay.io/a:1", { source: { image: "docker://me:planted@quay.io/a:1" } }],
    ["a wrong place", "https://me:...@h", { keepGenerations: "https://me:planted@h" }],
    ["a name of a registry", "https://me:...@h", { registries: { "https://me:planted@h": {} } }],
  ])("is in no message: %s", (_, shown, changes) => {
    const found = mistakes(good(changes)).join("\n");
    expect(found).toContain(shown);
    expect(found).not.toMatch(/plan\/?t@?ed/);
  });

  function hypervisor(uri: string): Record<string, unknown> {
    return { "targets.h": { platform: "libvirt", hosts: [{ name: "hv1", arch: "x86_64", uri, pool: "images" }] } };
  }
});

describe("the whole farm's settings", () => {
  const farm = decodeSettings(fileConfig(readFileSync(join(__dirname, "..", "..", "Pulumi.devel.yaml"), "utf8")));
  const leaves = leavesOf(farm).filter((at) => at[0] !== "promotedBy");

  it("refuse a secret by its path in the place of each value", { timeout: 60_000 }, () => {
    expect(leaves.length).toBeGreaterThan(100);
    const taken = leaves.filter((at) => {
      const found = mistakes(put(farm, at, SECRET));
      return !found.some((line) => line.startsWith(`${pathText(at)}: is a secret (secure:)`));
    });
    expect(taken.map(pathText)).toEqual([]);
  });
});

type Path = readonly (string | number)[];

function leavesOf(value: unknown, at: Path = []): Path[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leavesOf(item, [...at, index]));
  if (typeof value !== "object" || value === null) return [at];
  return Object.entries(value).flatMap(([key, item]) => leavesOf(item, [...at, key]));
}

describe("secrets that a build is served", () => {
  const source = (secrets: unknown) => good({ "source.secrets": secrets });
  const decoded = (secrets: string) =>
    decodeSettings(
      {
        // What a secret is, decrypted.
        "copr-builders:source": JSON.stringify({
          context: "images/x",
          secrets: parse(secrets, (_, value: unknown) => (isRecord(value) && "secure" in value ? "planted" : value)),
        }),
      },
      {
        keys: ["copr-builders:source"],
        file: `config:\n  copr-builders:source:\n    context: images/x\n    secrets: ${secrets}\n`,
      },
    );

  it("are known by their ids alone", () => {
    const { source: read } = build({ ...good(), ...decoded("{ token: { secure: v1:x }, npm.rc: { secure: v1:y } }") });
    expect(read).toMatchObject({ kind: "context", secrets: ["token", "npm.rc"] });
    expect(JSON.stringify(read)).not.toContain("planted");
  });

  it("are refused in clear, with what to do, and the value is not shown", () => {
    const found = mistakes(source({ token: "planted-in-clear" }));
    expect(found).toEqual([
      expect.stringMatching(
        /^source\.secrets\.token: is in clear; change it, and set it with `pulumi config set --secret/,
      ),
    ]);
    expect(found.join()).not.toContain("planted");
  });

  it("have ids that are names of files, and are no maps", () => {
    expect(mistakes({ ...good(), ...decoded("{ ../x: { secure: v1:x } }") })).toEqual([
      expect.stringContaining("is not an id of a secret; write letters, digits"),
    ]);
    expect(mistakes({ ...good(), ...decoded("{ token: { deep: { secure: v1:x } } }") })).toContainEqual(
      expect.stringContaining("source.secrets.token.deep: is a secret (secure:)"),
    );
  });

  it("are of Containerfiles: an image that exists is served nothing", () => {
    const image = { source: { image: "quay.io/a/b:1", secrets: {} } };
    expect(mistakes({ ...good(), ...image })).toEqual([expect.stringContaining("source.secrets")]);
  });
});
