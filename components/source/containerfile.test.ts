import { describe, expect, it } from "vitest";
import { imageReferences } from "./containerfile";

const FEDORA = "quay.io/fedora/fedora-bootc";

describe("the images that a Containerfile builds on", () => {
  const cases: readonly [string, string, Record<string, string>, readonly string[]][] = [
    ["one", `FROM ${FEDORA}:42`, {}, [`${FEDORA}:42`]],
    [
      "stages, scratch and repetitions",
      `FROM ${FEDORA}:42 AS base\nFROM BASE as two\nFROM scratch\nCOPY --from=two / /\nFROM ${FEDORA}:42\nfrom quay.io/a/b@sha256:${"1".repeat(64)}`,
      {},
      [`${FEDORA}:42`, `quay.io/a/b@sha256:${"1".repeat(64)}`],
    ],
    ["a default", `ARG V=42\nFROM ${FEDORA}:$V`, {}, [`${FEDORA}:42`]],
    ["a build argument", `ARG V=42\nFROM ${FEDORA}:\${V}`, { V: "43" }, [`${FEDORA}:43`]],
    ["a build argument without default", `ARG V\nFROM ${FEDORA}:\${V}`, { V: "43" }, [`${FEDORA}:43`]],
    ["arguments of arguments, several a line", `ARG R="quay.io" V=42\nARG I=\${R}/x:$V\nFROM $I`, {}, ["quay.io/x:42"]],
    [
      "otherwise and if set",
      `ARG V\nARG E=\nARG S=1\nFROM quay.io/x:\${V:-a}-\${E:-b}-\${E-c}-\${S:+d}\${V:+e}`,
      {},
      ["quay.io/x:a-b--d"],
    ],
    [
      "an argument that is declared too late",
      `ARG V=1\nFROM quay.io/x:$V\nARG V=2\nFROM quay.io/y:$V`,
      {},
      ["quay.io/x:1", "quay.io/y:1"],
    ],
    [
      "what is copied or mounted from",
      `FROM ${FEDORA}:42 AS one\nCOPY --from=one /a /b\nCOPY --from=0 /a /b\nCOPY --from=quay.io/tools:1 /a /b\n` +
        `RUN --mount=type=cache,target=/c --mount=type=bind,from=quay.io/rpms:2,target=/r rpm -i /r/*\n`,
      {},
      [`${FEDORA}:42`, "quay.io/tools:1", "quay.io/rpms:2"],
    ],
    [
      "comments, continued lines and platforms",
      `# FROM no/such\nFROM --platform=linux/amd64 \\\n  # a comment\n  ${FEDORA}:42 \\\n  AS x\nRUN echo FROM nothing`,
      {},
      [`${FEDORA}:42`],
    ],
  ];
  it.each(cases)("%s", (_, text, args, expected) => expect(imageReferences(text, args)).toEqual(expected));

  it.each([
    ["", "there is no FROM; start it with FROM REGISTRY/NAME:TAG"],
    ["# x\nFROM", "line 2: FROM names no image; write FROM REGISTRY/NAME:TAG"],
    [
      "FROM quay.io/x:$V",
      "line 1: quay.io/x:$V needs the argument V; write ARG V=... before the first FROM, or set source.buildArgs",
    ],
    [
      "FROM quay.io/x-${TARGETARCH}",
      "line 1: quay.io/x-${TARGETARCH} depends on TARGETARCH, which differs on each worker; write a reference that serves all of them",
    ],
  ])("can't be told from %j", (text, problem) => expect(() => imageReferences(text)).toThrow(problem));

  it("a build argument that no ARG declares changes nothing", () => {
    expect(() => imageReferences("FROM quay.io/x:$V", { V: "1" })).toThrow("needs the argument V");
  });
});
