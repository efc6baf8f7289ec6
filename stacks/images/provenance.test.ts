import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../contract/testing/temporary-folder";
import type { Sources } from "../../model/source";
import { provenanceOrder } from "./provenance";

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const image = (reference: string) => ({ reference, line: 1, arch: "x86_64" as const });
const takes = () => true;

function sourcesOf(context: string): Sources {
  return {
    identity: {
      keyVersion: 1,
      source: { kind: "context", context, hash: "h", containerfile: "Containerfile", buildArgs: { A: "1" } },
      from: { "quay.io/a/base:1": digest("a"), "quay.io/a/of-another-arch:1": digest("c") },
      recipe: { builder: { reference: "quay.io/b/builder:2", digest: digest("b") }, rootfs: "xfs", args: ["--y"] },
    },
    needs: { x86_64: { images: [image("quay.io/a/base:1")], takes, builderArgs: {}, contexts: new Set() } },
    takes,
    warnings: [],
  };
}

async function order(project: string) {
  const args = { arch: "x86_64", sources: sourcesOf("image"), project, identity: "abcdefgh2345" } as const;
  return provenanceOrder({ ...args, startedBy: "me@here" });
}

const bases = [
  { uri: "docker://quay.io/a/base:1", digest: { sha256: "a".repeat(64) } },
  { uri: "docker://quay.io/b/builder:2", digest: { sha256: "b".repeat(64) }, name: "image builder" },
];

test("the commit of the source, whether its folder is as that has it, and what it is built on by digest", async () => {
  const project = await temporaryFolder();
  mkdirSync(join(project, "image"));
  writeFileSync(join(project, "image/Containerfile"), "FROM quay.io/a/base:1\n");
  const git = (...args: string[]): string =>
    execFileSync("git", ["-C", project, "-c", "user.name=n", "-c", "user.email=e@example.org", ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  expect((await order(project)).dependencies).toEqual(bases);

  git("init", "--quiet");
  git("add", ".");
  git("commit", "--quiet", "-m", "one");
  git("remote", "add", "origin", "https://user:t0ken@git.example/images.git");
  const commit = {
    name: "source",
    uri: "git+https://git.example/images.git",
    digest: { gitCommit: git("rev-parse", "HEAD") },
  };
  // Somebody else's work in the same repository is nothing of this image's.
  writeFileSync(join(project, "elsewhere"), "");
  expect(await order(project)).toEqual({
    stack: "abcdefgh2345",
    startedBy: "me@here",
    parameters: {
      source: { kind: "context", context: "image", hash: "h", containerfile: "Containerfile", buildArgs: { A: "1" } },
      disk: { rootfs: "xfs", args: ["--y"] },
    },
    dependencies: [{ ...commit, annotations: { clean: true } }, ...bases],
  });
  writeFileSync(join(project, "image/new"), "");
  expect((await order(project)).dependencies[0]).toEqual({ ...commit, annotations: { clean: false } });
});
