import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BuildOptions } from "../../contract/build-options";
import { buildKey, type Identity } from "../plan";
import { worker } from "../plan/fixtures";
import { identityReasons } from "../plan/reasons";
import { digestContext } from "./context";
import { identify, type IdentitySettings } from "./identity";
import { parseReference, pinned } from "./reference";
import type { Registry } from "./registry";

const project = mkdtempSync(path.join(tmpdir(), "identity-"));
afterAll(() => rmSync(project, { recursive: true, force: true }));

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
/** A registry of known images. */
function registryOf(images: Readonly<Record<string, string>>): Registry {
  return {
    architectures: () => Promise.resolve(undefined),
    digest: (reference) => {
      const found = images[reference];
      return found === undefined ? Promise.reject(new Error(`image ${reference}: unknown`)) : Promise.resolve(found);
    },
  };
}

const settings: IdentitySettings = {
  source: { kind: "context", context: "image", containerfile: "Containerfile", buildArgs: { V: "43" } },
  disk: {
    builder: { image: "quay.io/a/bib:latest", kind: "bootc-image-builder", packaged: [] },
    rootfs: "xfs",
    args: ["--x"],
    config: "config.toml",
    needGib: 20,
  },
  registries: [],
  authFiles: [],
  proxies: {},
  certificates: { folders: [], authorities: [] },
  architectures: { x86_64: { worker, publish: [] } },
};
const known = registryOf({
  "quay.io/a/b:43": digest("b"),
  "quay.io/a/bib:latest": digest("c"),
  "quay.io/a/made:1": digest("d"),
});

beforeAll(() => {
  mkdirSync(path.join(project, "image"));
  writeFileSync(path.join(project, "image/Containerfile"), "ARG V=42\nFROM quay.io/a/b:$V\n");
  writeFileSync(path.join(project, "config.toml"), "[customizations]\n");
});

describe("what the sources are now", () => {
  it("with whose images are pulled, which is no part of what the disks are", async () => {
    const policy = { default: [{ type: "insecureAcceptAnything" }] };
    writeFileSync(path.join(project, "policy.json"), JSON.stringify(policy));
    const signed = { ...settings, source: { ...settings.source, signatures: { policy: "policy.json" } } };
    const { identity, signatures } = await identify(signed, project, known);
    expect(identity).toEqual((await identify(settings, project, known)).identity);
    expect(signatures).toEqual({
      handed: { policy: JSON.stringify(policy), registriesD: {} },
      notes: ["accepted unsigned: quay.io/a/b:43 (default), quay.io/a/bib:latest (default)"],
    });
  });

  it("of a folder", async () => {
    const context = await digestContext(path.join(project, "image"));
    const { identity, files } = await identify(settings, project, known);
    expect(files).toEqual(context.files);
    expect(identity).toEqual({
      keyVersion: 1,
      source: {
        kind: "context",
        context: "image",
        hash: context.hash,
        containerfile: "Containerfile",
        buildArgs: { V: "43" },
      },
      from: { "quay.io/a/b:43": digest("b") },
      recipe: {
        builder: { reference: "quay.io/a/bib:latest", digest: digest("c") },
        rootfs: "xfs",
        args: ["--x"],
        config: "[customizations]\n",
      },
    });
  });

  it("of one stage of a folder", async () => {
    const file = path.join(project, "image/Containerfile");
    const before = readFileSync(file, "utf8");
    writeFileSync(file, "FROM quay.io/a/made:1 AS slim\nFROM quay.io/nobody/asks:1\n");
    const source = { kind: "context", context: "image", containerfile: "Containerfile", buildArgs: {} } as const;
    const { identity } = await identify({ ...settings, source: { ...source, target: "slim" } }, project, known);
    expect(identity.source).toMatchObject({ target: "slim" });
    expect(identity.from).toEqual({ "quay.io/a/made:1": digest("d") });
    const wrong = identify({ ...settings, source: { ...source, target: "fat" } }, project, known);
    await expect(wrong).rejects.toThrow("image/Containerfile: source.target: no stage is named fat; it has slim");
    writeFileSync(file, before);
  });

  it("with options of the build, where there are any", async () => {
    const of = async (options: BuildOptions) => {
      const source = { ...settings.source, options } as IdentitySettings["source"];
      return (await identify({ ...settings, source }, project, known)).identity.source;
    };
    expect(await of({ network: "none" })).toMatchObject({ options: { network: "none" } });
    expect(await of({})).toEqual((await identify(settings, project, known)).identity.source);
  });

  it("with folders and images that the Containerfile knows by names of its own, as far as it takes from them", async () => {
    const file = path.join(project, "image/Containerfile");
    const before = readFileSync(file, "utf8");
    writeFileSync(file, "FROM base\nCOPY --from=files a /\n");
    mkdirSync(path.join(project, "shared"), { recursive: true });
    const of = async (content: string) => {
      writeFileSync(path.join(project, "shared/a"), content);
      const contexts = {
        files: { kind: "folder", folder: "shared" },
        base: { kind: "image", reference: "quay.io/a/made:1" },
        unused: { kind: "folder", folder: "nowhere" },
      } as const;
      const source = { ...settings.source, contexts } as IdentitySettings["source"];
      return identify({ ...settings, source }, project, known);
    };
    const { identity, warnings, contextFiles } = await of("1");
    const hash = expect.stringMatching(/^[0-9a-f]{64}$/) as string;
    expect(identity.source).toMatchObject({
      contexts: { files: { folder: "shared", hash }, base: { image: "quay.io/a/made:1" } },
    });
    expect(identity.from).toEqual({ "quay.io/a/made:1": digest("d") });
    expect(Object.keys(contextFiles?.["files"] ?? {})).toEqual(["a"]);
    expect(warnings.at(-1)).toBe(
      "source.contexts.unused reaches nothing: image/Containerfile takes nothing from unused; write it, or remove the context",
    );
    const key = (identity: Identity) => buildKey({ identity, arch: "x86_64", refresh: 0 });
    const changed = (await of("2")).identity;
    expect(key(changed)).not.toBe(key(identity));
    expect(identityReasons(identity, changed)).toEqual(["named context files changed"]);
    expect(key((await of("1")).identity)).toBe(key(identity));
    writeFileSync(file, before);
  });

  it("of a Containerfile that is outside of the folder, wherever that is", async () => {
    const of = async (containerfile: string) => {
      mkdirSync(path.dirname(path.join(project, containerfile)), { recursive: true });
      writeFileSync(path.join(project, containerfile), "FROM quay.io/a/made:1\n");
      const source = { ...settings.source, containerfile: `../${containerfile}` } as IdentitySettings["source"];
      return (await identify({ ...settings, source }, project, known)).identity.source;
    };
    expect(await of("far/C")).toMatchObject({ containerfile: "../C" });
    expect(await of("elsewhere/deep/C")).toEqual(await of("far/C"));
  });

  it("of an image", async () => {
    const { identity, files } = await identify(
      { ...settings, source: { kind: "image", image: "quay.io/a/made:1" } },
      project,
      known,
    );
    expect(identity.source).toEqual({ kind: "image", reference: "quay.io/a/made:1", digest: digest("d") });
    expect(identity.from).toEqual({});
    expect(files).toBeUndefined();
  });

  it("can't be told of a Containerfile that is saved while they are looked up", async () => {
    const file = path.join(project, "image/Containerfile");
    const before = readFileSync(file, "utf8");
    const saves = {
      ...known,
      digest: (reference: string) => (writeFileSync(file, "FROM quay.io/a/c:1\n"), known.digest(reference)),
    };
    await expect(identify(settings, project, saves)).rejects.toThrow(
      `${file} was changed while it was read; run "pulumi up"`,
    );
    writeFileSync(file, before);
  });

  it("can't be told where a reference is unknown, a file missing, or a Containerfile broken", async () => {
    await expect(identify(settings, project, registryOf({}))).rejects.toThrow(
      "image quay.io/a/b:43: unknown\nimage quay.io/a/bib:latest: unknown",
    );
    const disk = { ...settings.disk, config: "none.toml" };
    await expect(identify({ ...settings, disk }, project, known)).rejects.toThrow(
      /^disk.config: .*none.toml can't be read/m,
    );
    const source = { ...settings.source, context: "nowhere" } as IdentitySettings["source"];
    await expect(identify({ ...settings, source }, project, known)).rejects.toThrow(
      /^source.context: .*nowhere is no folder/,
    );
    mkdirSync(path.join(project, "docker"));
    writeFileSync(path.join(project, "docker/Dockerfile"), "FROM quay.io/a/b:43\n");
    const docker = { ...settings.source, context: "docker" } as IdentitySettings["source"];
    await expect(identify({ ...settings, source: docker }, project, known)).rejects.toThrow(
      /^source.containerfile: .*docker.Containerfile can't be read; its folder has a Dockerfile: set source.containerfile to/,
    );
    writeFileSync(path.join(project, "image/Broken"), "RUN x\n");
    const broken = { ...settings.source, containerfile: "Broken" } as IdentitySettings["source"];
    await expect(identify({ ...settings, source: broken }, project, known)).rejects.toThrow(
      "image/Broken: line 1: RUN stands before the first FROM",
    );
  });
});

describe("a reference", () => {
  it.each([
    ["quay.io/fedora/fedora-bootc:42", "quay.io", "fedora/fedora-bootc", "42"],
    ["127.0.0.1:5000/debian", "127.0.0.1:5000", "debian", "latest"],
    ["localhost/x:1", "localhost", "x", "1"],
    ["docker.io/debian:12", "docker.io", "library/debian", "12"],
    [`[::1]:5000/a/b:1@${digest("1")}`, "[::1]:5000", "a/b", "1"],
  ])("%s is read", (text, registry, repository, tag) => {
    expect(parseReference(text)).toMatchObject({ text, registry, repository, tag });
  });

  it.each(["debian:12", "fedora/fedora:42", "quay.io/", "quay.io/A:1", "quay.io/a b:1", "quay.io/a@sha256:1", ""])(
    "%j is refused",
    (text) => expect(() => parseReference(text)).toThrow(`image ${JSON.stringify(text)}: `),
  );

  it("is pinned by its digest alone", () => {
    expect(pinned("127.0.0.1:5000/a/b:1", digest("1"))).toBe(`127.0.0.1:5000/a/b@${digest("1")}`);
    expect(pinned(`quay.io/b@${digest("2")}`, digest("2"))).toBe(`quay.io/b@${digest("2")}`);
  });
});
