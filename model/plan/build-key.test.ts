import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { buildKey } from "./build-key";
import { canonicalJson } from "./canonical";
import { digest, identity } from "./fixtures";
import type { Identity } from "./types";

const key = (change: Partial<Identity> = {}, arch: "x86_64" | "aarch64" = "x86_64", refresh = 0) =>
  buildKey({ identity: { ...identity, ...change }, arch, refresh });

const { source, recipe } = identity;
const context = source as Extract<typeof source, { kind: "context" }>;

describe("the build key", () => {
  it("is the sha256 of a text that anyone can write down", () => {
    const text =
      `{"arch":"x86_64","disk":{"args":["--x"],"builder":"${digest("b")}","rootfs":"xfs"},` +
      `"from":{"quay.io/fedora/fedora-bootc:42":"${digest("f")}"},"refresh":0,` +
      `"source":{"buildArgs":{"V":"42"},"containerfile":"Containerfile","context":"${"c".repeat(64)}"},"version":1}`;
    expect(key()).toBe(createHash("sha256").update(text).digest("hex"));
  });

  it("differs with everything that decides a disk's bytes", () => {
    const keys = [
      key(),
      key({}, "aarch64"),
      key({}, "x86_64", 1),
      key({ keyVersion: 2 }),
      key({ source: { ...context, hash: "d".repeat(64) } }),
      key({ source: { ...context, containerfile: "other/Containerfile" } }),
      key({ source: { ...context, buildArgs: { V: "43" } } }),
      key({ source: { ...context, target: "a" } }),
      key({ source: { ...context, target: "b" } }),
      key({ source: { ...context, options: { network: "none" } } }),
      key({ source: { ...context, options: { capAdd: ["BPF"] } } }),
      key({ source: { kind: "image", reference: "quay.io/a/b:1", digest: digest("1") } }),
      key({ source: { kind: "image", reference: "quay.io/a/b:1", digest: digest("2") } }),
      key({ from: { "quay.io/fedora/fedora-bootc:42": digest("e") } }),
      key({ from: {} }),
      key({ recipe: { ...recipe, builder: { ...recipe.builder, digest: digest("a") } } }),
      key({ recipe: { ...recipe, rootfs: "ext4" } }),
      key({ recipe: { ...recipe, kind: "image-builder" } }),
      key({ recipe: { ...recipe, packaged: ["x86_64"] } }),
      key({ source: { ...context, contexts: { files: { folder: "a", hash: "d".repeat(64) } } } }),
      key({ source: { ...context, contexts: { files: { folder: "a", hash: "e".repeat(64) } } } }),
      key({ source: { ...context, contexts: { other: { folder: "a", hash: "e".repeat(64) } } } }),
      key({ source: { ...context, contexts: { other: { image: "quay.io/a/b:1" } } } }),
      key({ recipe: { ...recipe, args: [] } }),
      key({ recipe: { ...recipe, config: "" } }),
      key({ recipe: { ...recipe, config: "[x]" } }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("does not know what is only for people", () => {
    expect(key({ source: { ...context, context: "elsewhere" } })).toBe(key());
    expect(key({ recipe: { ...recipe, packaged: ["s390x"] } })).toBe(key());
    const named = (folder: string) => key({ source: { ...context, contexts: { files: { folder, hash: "d" } } } });
    expect(named("a")).toBe(named("b"));
    expect(key({ recipe: { ...recipe, builder: { ...recipe.builder, reference: "mirror.example.org/bib:1" } } })).toBe(
      key(),
    );
  });
});

describe("canonical JSON", () => {
  it("is the same for equal data, whatever the order of keys", () => {
    expect(canonicalJson({ b: [1, { d: null, c: "é\n" }], a: undefined, A: true })).toBe(
      '{"A":true,"b":[1,{"c":"é\\n","d":null}]}',
    );
    expect(canonicalJson({ x: 1, y: 2 })).toBe(canonicalJson({ y: 2, x: 1 }));
  });
});
