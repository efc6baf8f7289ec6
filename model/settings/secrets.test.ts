import { describe, expect, it } from "vitest";
import { AWS_TARGET, good, mistakes } from "./fixtures";
import { decodeSettings } from "./pulumi-config";
import { SECRET, secretSetting } from "./secrets";

const FILE = `
config:
  copr-builders:store: { bucket: b, nested: [{ secure: v1:x }, { plain: 1 }], region: { secure: v1:y } }
  copr-builders:whole: { secure: v1:z }
`;

describe("a secret setting", () => {
  it("is known by its place, and never by its value", () => {
    const config = { "copr-builders:store": '{"region":"hidden"}', "copr-builders:keepGenerations": "2" };
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
