import { expect, it } from "vitest";
import type { Arch } from "../../infra/words";
import { worker } from "../plan/fixtures";
import { checkArchitectures } from "./architectures";
import { readContainerfile } from "./containerfile";
import type { IdentitySettings } from "./identity";
import type { Registry } from "./registry";

const both = { x86_64: { worker, publish: [] }, aarch64: { worker, publish: [] } };
const settings: IdentitySettings = {
  source: { kind: "context", context: "x", containerfile: "Containerfile", buildArgs: {} },
  disk: {
    builder: { image: "quay.io/bib:1", kind: "bootc-image-builder", packaged: [] },
    rootfs: "xfs",
    args: [],
    needGib: 1,
  },
  ...{ registries: [], authFiles: [], proxies: {}, certificates: { folders: [], authorities: [] } },
  architectures: both,
};
const check = (text: string, images: Readonly<Record<string, readonly string[] | undefined>>) => {
  const registry: Registry = {
    digest: () => Promise.reject(new Error("not asked here")),
    architectures: (reference) =>
      reference in images ? Promise.resolve(images[reference]) : Promise.reject(new Error(`${reference} is not there`)),
  };
  const needs = { x86_64: readContainerfile(text, "x86_64"), aarch64: readContainerfile(text, "aarch64") };
  return checkArchitectures(settings, { needs }, registry);
};
const bib = { "quay.io/bib:1": ["amd64", "arm64"] };

it("all that lack an architecture are named, with the line", async () => {
  const images = { "quay.io/bib:1": ["amd64"], "quay.io/a:1": ["arm64", "riscv64"], "quay.io/b:1": ["amd64", "arm64"] };
  await expect(check("FROM quay.io/a:1\nCOPY --from=quay.io/b:1 / /", images)).rejects.toThrow(
    /^image quay.io\/a:1: is not there for x86_64 \(x\/Containerfile, line 1\), only for aarch64, riscv64; .*\nimage quay.io\/bib:1: is not there for aarch64 \(disk.builder.image\)/,
  );
});

it("an image counts for the architectures that use it", async () => {
  const text = "ARG TARGETARCH\nFROM quay.io/a:1 AS s-amd64\nFROM quay.io/b:1 AS s-arm64\nFROM s-${TARGETARCH}\n";
  expect(await check(text, { ...bib, "quay.io/a:1": ["amd64"], "quay.io/b:1": ["arm64"] })).toEqual([]);
  const cross = "FROM --platform=linux/s390x quay.io/a:1";
  expect(await check(cross, { ...bib, "quay.io/a:1": ["s390x"] })).toEqual([]);
  await expect(check(cross, { ...bib, "quay.io/a:1": ["amd64"] })).rejects.toThrow("is not there for s390x");
});

it("the image builder's container need not be there where it is a package", async () => {
  const packaged = (archs: readonly Arch[]) => ({
    ...settings,
    disk: { ...settings.disk, builder: { ...settings.disk.builder, packaged: archs } },
  });
  const registry: Registry = {
    digest: () => Promise.reject(new Error("not asked here")),
    architectures: () => Promise.resolve(["amd64"]),
  };
  const needs = { x86_64: readContainerfile("FROM scratch", "x86_64") };
  expect(await checkArchitectures(packaged(["aarch64"]), { needs }, registry)).toEqual([]);
  await expect(checkArchitectures(packaged([]), { needs }, registry)).rejects.toThrow("is not there for aarch64");
});

it("one that tells nothing passes; one that can't be asked is a warning", async () => {
  expect(await check("FROM quay.io/a:1", { ...bib, "quay.io/a:1": undefined })).toEqual([]);
  expect(await check("FROM quay.io/a:1", bib)).toEqual([
    "whether it is there for x86_64, aarch64 can't be told: quay.io/a:1 is not there",
  ]);
});
