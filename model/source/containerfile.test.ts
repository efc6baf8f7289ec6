import { describe, expect, it } from "vitest";
import { imageReferences, readContainerfile } from "./containerfile";

const FEDORA = "quay.io/fedora/fedora-bootc";
const DIGEST = `sha256:${"1".repeat(64)}`;

describe("the images that a Containerfile builds on", () => {
  const cases: readonly [string, string, Record<string, string>, readonly string[]][] = [
    ["one", `FROM ${FEDORA}:42`, {}, [`${FEDORA}:42`]],
    ["small letters, by digest", `from quay.io/a/b@${DIGEST}`, {}, [`quay.io/a/b@${DIGEST}`]],
    [
      "stages by name; scratch; one image twice",
      `FROM ${FEDORA}:42 AS Base\nFROM Base as two\nFROM scratch\nCOPY --from=two / /\nCOPY --from=${FEDORA}:42 / /`,
      {},
      [`${FEDORA}:42`],
    ],
    ["stages by number", `FROM ${FEDORA}:42 AS x\nFROM 0 AS y\nFROM scratch\nCOPY --from=1 / /`, {}, [`${FEDORA}:42`]],
    [
      "stages by argument",
      `ARG S=two\nFROM quay.io/a:1 AS one\nFROM quay.io/b:1 AS two\nFROM $S\nARG S\nCOPY --from=$S / /`,
      {},
      ["quay.io/b:1"],
    ],
    ["no stage that nothing uses", `FROM quay.io/a:1 AS a\nFROM quay.io/b:$V\nFROM quay.io/c:1`, {}, ["quay.io/c:1"]],
    [
      "all stages with one name, which podman builds or leaves out together",
      `FROM quay.io/n:1 AS n\nFROM quay.io/n:2 AS n\nFROM quay.io/a:1 AS a\nFROM quay.io/b:1 AS a\nFROM a`,
      {},
      ["quay.io/a:1", "quay.io/b:1"],
    ],
    ["a default", `ARG V=42\nFROM ${FEDORA}:$V`, {}, [`${FEDORA}:42`]],
    ["a build argument", `ARG V=42\nFROM ${FEDORA}:\${V}`, { V: "43" }, [`${FEDORA}:43`]],
    ["a build argument without default", `ARG V\nFROM ${FEDORA}:\${V}`, { V: "43" }, [`${FEDORA}:43`]],
    [
      "arguments that stand in one line, which don't know each other",
      `ARG V=0\nARG V=1 W=w$V\nFROM quay.io/x:$V-$W\nARG T=1 U=u$T\nCOPY --from=quay.io/t:$T-$U / /`,
      {},
      ["quay.io/x:1-w0", "quay.io/t:1-u"],
    ],
    ["arguments of arguments, several a line", `ARG R="quay.io" V=42\nARG I=\${R}/x:$V\nFROM $I`, {}, ["quay.io/x:42"]],
    [
      "otherwise and if set",
      `ARG V\nARG E=\nARG S=1\nFROM quay.io/x:\${V:-a}-\${E:-b}-\${E-c}-\${S:+d}\${V:+e}\${E+f}`,
      {},
      ["quay.io/x:a-b--df"],
    ],
    [
      "a default in a default, with quotes and colons",
      `ARG N=base\nARG B="\${B:-quay.io/c/\${N:+"$N"}:\${T:-'4'4}}"\nFROM "\${B}"`,
      {},
      ["quay.io/c/base:44"],
    ],
    ["quotes around name and value", `ARG "V=4" 'W=a b'\nFROM quay.io/x:$V\${W:+5}`, {}, ["quay.io/x:45"]],
    ["what a default that isn't chosen lacks", `ARG V=1\nFROM quay.io/x:\${V:-$NONE}`, {}, ["quay.io/x:1"]],
    ["escapes", `ARG V=1\nFROM quay.io/x:\\1\${V}"\${V}"`, {}, ["quay.io/x:111"]],
    [
      "an argument of its stage",
      `FROM quay.io/x:1\nARG T=2\nCOPY --from=quay.io/t:m-\${T} / /`,
      {},
      ["quay.io/x:1", "quay.io/t:m-2"],
    ],
    [
      "an argument from before the first FROM, in a stage that asks for it",
      `ARG T=2\nFROM quay.io/x:1\nARG T\nCOPY --from=quay.io/t:$T / /`,
      { T: "3" },
      ["quay.io/x:1", "quay.io/t:3"],
    ],
    [
      "an argument that is declared again later",
      `FROM quay.io/x:1\nARG T=1\nCOPY --from=quay.io/t:$T / /\nARG T=2`,
      {},
      ["quay.io/x:1", "quay.io/t:1"],
    ],
    [
      "what is copied or mounted from, wherever the flag stands",
      `FROM ${FEDORA}:42\nCOPY --chmod=1 --from=quay.io/tools:1 /a /b\nCOPY --from=quay.io/tools:2 --chown=0 /a /b\n` +
        `RUN --network=none --mount=type=cache,target=/c --mount=from=quay.io/rpms:2,type=bind,target=/r rpm -i /r/*\n`,
      {},
      [`${FEDORA}:42`, "quay.io/tools:1", "quay.io/tools:2", "quay.io/rpms:2"],
    ],
    [
      "comments, continued lines, empty lines and platforms",
      `# FROM no/such\nFROM --platform=linux/amd64 \\\n  # a comment\n\n  ${FEDORA}:\\\n42 \\\n  AS x\nRUN echo FROM nothing`,
      {},
      [`${FEDORA}:42`],
    ],
    [
      "another escape",
      "#Escape = `\n# syntax=docker/dockerfile:1\nFROM `\nquay.io/x:1\nRUN c:\\\nUSER x",
      {},
      ["quay.io/x:1"],
    ],
    ["no escape after the first comment", "# hello\n# escape=`\nFROM quay.io/\\\nx:1", {}, ["quay.io/x:1"]],
    [
      "no text of a heredoc",
      `FROM quay.io/x:1\nRUN cat > f <<EOF && cat <<-'X' 3<<"Y"\nFROM quay.io/n:1\nEOF\n\tCOPY --from=quay.io/n:2 / /\n\tX\nFROM quay.io/n:3\nY\n` +
        `RUN echo "<<EOF" <<< x $((1<<2))\nCOPY --from=quay.io/y:1 / /`,
      {},
      ["quay.io/x:1", "quay.io/y:1"],
    ],
    [
      "quotes and spaces in an argument, quotes around a word with its name, an escape that only continues lines",
      "# escape=`\nARG \"T=4 4\" U='x y' V=\\1\nFROM `\nquay.io/x:${T:+t}${U:+u}$V",
      {},
      ["quay.io/x:tu1"],
    ],
    [
      "what ENV makes of a later argument, in stages made from it too",
      "FROM quay.io/a:1 AS a\nARG E=3\nENV E=2 F=x\nENV G $E and\nFROM a\nARG V=$E$F${G:+-g}\nCOPY --from=quay.io/t:$V / /",
      { E: "1" },
      ["quay.io/a:1", "quay.io/t:2x-g"],
    ],
    [
      "an escape before the last one of a line",
      "FROM quay.io/x:1\nRUN echo \\\\\nCOPY --from=quay.io/n:1 / /",
      {},
      ["quay.io/x:1"],
    ],
    [
      "no mistake of a stage that nothing uses",
      "FROM quay.io/a:1\nARG V=${W%x}\nFROM quay.io/b:1",
      {},
      ["quay.io/b:1"],
    ],
    [
      "the platform's own arguments, whatever defaults they have, and without ARG in --platform",
      "ARG TARGETARCH=x\nFROM --platform=$BUILDPLATFORM quay.io/a:$TARGETARCH\nARG TARGETOS=y\nCOPY --from=quay.io/b:$TARGETOS / /",
      {},
      ["quay.io/a:amd64", "quay.io/a:arm64", "quay.io/a:ppc64le", "quay.io/a:s390x", "quay.io/b:linux"],
    ],
    ["docker://, which a registry knows", "FROM docker://quay.io/x:1", {}, ["quay.io/x:1"]],
    ["Windows' ends of lines", "ARG V=1\r\nFROM quay.io/x:$V \\\r\n AS y\r\n", {}, ["quay.io/x:1"]],
  ];
  it.each(cases)("%s", (_, text, args, expected) => expect(imageReferences(text, args)).toEqual(expected));

  const refused: readonly (readonly [string, string])[] = [
    ["", "there is no FROM; start it with FROM REGISTRY/NAME:TAG"],
    ["# x\nFROM", "line 2: FROM names no image; write FROM REGISTRY/NAME:TAG"],
    ["FROM a b", "line 1: FROM a b: write FROM IMAGE, or FROM IMAGE AS NAME"],
    ["RUN x\nFROM quay.io/x:1", "line 1: RUN stands before the first FROM"],
    ["FROM quay.io/x:1\nRUM x", "line 2: unknown instruction RUM"],
    [
      "FROM quay.io/x:$V",
      "line 1: quay.io/x:$V needs the argument V; write ARG V=... before the first FROM, or set source.buildArgs",
    ],
    [
      "FROM quay.io/x-${TARGETARCH}",
      "line 1: quay.io/x-${TARGETARCH} needs the argument TARGETARCH; write ARG TARGETARCH before",
    ],
    [
      "ARG V=1\nFROM quay.io/x\nCOPY --from=quay.io/t:$V / /",
      "line 3: quay.io/t:$V needs the argument V; write ARG V=... after",
    ],
    [
      'ARG D=""\nARG B=quay.io/x\nFROM $B:1@$D',
      'line 3: $B:1@$D stands for "quay.io/x:1@", which is no image, because D is empty',
    ],
    ["ARG B\nARG C=$B\nFROM $C", 'line 3: $C stands for "", which is no image, because C is empty'],
    ...["${V:?which}", "${V?which}", "x/${W:-${V:?which}}"].map(
      (word) => [`ARG V=1 W=1\nFROM ${word}`, `line 2: ${word} has a \${...} that not every builder knows`] as const,
    ),
    ["ARG V=1\nARG I=${V:?which}\nFROM $I", "line 2: ARG I=${V:?which} has a ${...}"],
    ["FROM ${V%x}", "line 1: ${V%x} has a ${...} that not every builder knows"],
    ["FROM quay.io/${V:-x", "line 1: quay.io/${V:-x lacks a }"],
    [
      "FROM quay.io/x:1\nCOPY --from=build / /\nFROM 0 AS build",
      "line 2: COPY --from build: no stage above has this name",
    ],
    ["FROM quay.io/x:1\nCOPY --from=0 / /", "line 2: COPY --from 0: no stage above has this name"],
    ["FROM quay.io/a:1 AS base\nFROM BASE", "line 2: FROM BASE: podman tells BASE from the stage base; write it with"],
    [
      "FROM quay.io/a:1 AS a\nFROM quay.io/b:1 AS a\nCOPY --from=a / /",
      "line 3: COPY --from a: this stage has that name too, which hides the one above",
    ],
    ["# syntax=x\n# escape=`\nFROM `\nquay.io/x:1", "line 2: podman reads # escape in the first line alone"],
    ["# escape=`\n# escape=`", "line 2: escape is set again"],
    ["# escape=x", "line 1: escape is \\ or `, not x"],
    ['FROM quay.io/x:1\nARG V="a', 'line 2: ARG V="a lacks a "'],
    [
      "ARG TARGETPLATFORM=linux/arm64\nFROM quay.io/x:1",
      "line 1: ARG TARGETPLATFORM: podman takes no default for TARGETPLATFORM",
    ],
    [
      "FROM quay.io/a:1\nARG V=1\nENV V=2\nCOPY --from=quay.io/t:$V / /",
      "line 4: quay.io/t:$V: ENV sets V to something else than ARG V; rename one of them",
    ],
    [
      "FROM quay.io/a:1\nENV V=2\nRUN --mount=from=quay.io/t:${V:-1},target=/m x",
      "line 3: quay.io/t:${V:-1}: ENV sets V to something else than ARG V; rename one of them",
    ],
    [
      "ARG TARGETARCH\nFROM quay.io/a:1\nRUN --mount=from=quay.io/t:${TARGETARCH:-1},target=/m x",
      "line 3: quay.io/t:${TARGETARCH:-1} needs the argument TARGETARCH; write ARG TARGETARCH after the FROM",
    ],
    [
      "FROM quay.io/a:1 AS a\nFROM quay.io/b:1\nARG S=a\nCOPY --from=$S / /",
      "line 4: COPY --from $S: podman does not see beforehand that this is the stage a, and leaves it out; write its name",
    ],
    [
      "FROM quay.io/a:1 AS a\nFROM quay.io/b:1\nRUN --mount=type=bind,from=0,target=/m x",
      "line 3: RUN --mount 0: podman does not see beforehand that this is the stage 0",
    ],
    [`FROM docker://quay.io/x:1@${DIGEST}`, `line 1: docker://quay.io/x:1@${DIGEST} has a tag and a digest`],
    ["FROM debian:12", 'line 1: image "debian:12": no registry in it'],
    ...["oci-archive:./x", "docker-archive:x", "oci:./x", "dir:/x", "containers-storage:x", "docker-daemon:x:1"].map(
      (name) => [`FROM quay.io/x:1\nCOPY --from=${name} / /`, `line 2: ${name} is read with the transport`] as const,
    ),
    ["FROM quay.io/x:1\nRUN <<EOF\nx", "line 2: <<EOF has no end"],
    ["FROM quay.io/x:1\nRUN --mount=type=secret,id=key,required x", "line 2: --mount=type=secret needs the secret key"],
    ["FROM quay.io/x:1\n\nRUN --mount=type=ssh git clone x", "line 3: --mount=type=ssh"],
  ];
  const stages = "FROM quay.io/a:1 AS a\nFROM quay.io/b:1 AS b\nFROM quay.io/c:1\nCOPY --from=a / /";
  const images = (text: string, target: string) =>
    readContainerfile(text, "x86_64", {}, target).images.map(({ reference }) => reference);
  it("are those of the target's stage and what it is made from", () => {
    expect(images(stages, "b")).toEqual(["quay.io/b:1"]);
    expect(images(`${stages}\nFROM b AS d\nFROM quay.io/$NONE`, "d")).toEqual(["quay.io/b:1"]);
    expect(images(`${stages}\nFROM quay.io/d:1 AS a`, "a")).toEqual(["quay.io/a:1"]);
  });
  it("may mount what no worker has in stages that are not built", () => {
    const text = "FROM quay.io/a:1 AS a\nRUN --mount=type=ssh x\nFROM quay.io/b:1 AS b\nRUN x\nFROM b";
    expect(readContainerfile(text, "x86_64").images).toHaveLength(1);
    expect(() => readContainerfile(text, "x86_64", {}, "a")).toThrow("line 2: --mount=type=ssh");
  });
  it("may need secrets that the settings have; one that is not required may lack", () => {
    const asks = (options: string) => `FROM quay.io/x:1\nRUN --mount=type=secret,id=key${options} x`;
    const read = (text: string, ...secrets: string[]) =>
      readContainerfile(text, "x86_64", {}, undefined, secrets).images;
    expect(read(asks(",required=true"), "key")).toHaveLength(1);
    expect(() => read(asks(",required"), "key")).toThrow("line 2: --mount=type=secret: podman 4.3 fails on");
    expect(read(asks(""))).toHaveLength(1);
    expect(() => read(asks(",required=true"), "other")).toThrow(
      'line 2: --mount=type=secret needs the secret key, and source.secrets has none of that id; set it with "pulumi config set',
    );
  });
  it.each(["A", "1", "none"])("are not known for a target %s that no stage is named", (target) => {
    expect(() => images(stages, target)).toThrow(`source.target: no stage is named ${target}; it has a, b`);
    expect(() => images("FROM quay.io/a:1", target)).toThrow(`write FROM ... AS ${target}`);
  });

  it.each(refused)("can't be told from %j", (text, problem) => expect(() => imageReferences(text)).toThrow(problem));

  it("a build argument that no ARG declares changes nothing", () => {
    expect(() => imageReferences("FROM quay.io/x:$V", { V: "1" })).toThrow("needs the argument V");
  });

  it("is refused where podman takes it in one place and not in the other", () => {
    const text = "FROM quay.io/x:1\nCOPY --from=quay.io/t:${V:-1} / /";
    expect(imageReferences(text)).toEqual(["quay.io/x:1", "quay.io/t:1"]);
    expect(() => imageReferences(text, { V: "2" })).toThrow(
      "line 2: quay.io/t:${V:-1} needs the argument V; write ARG V",
    );
  });

  it("may differ with the architecture", () => {
    const text = "ARG TARGETARCH\nFROM quay.io/a:1 AS b-amd64\nFROM quay.io/b:1 AS b-arm64\nFROM b-${TARGETARCH}";
    expect(imageReferences(text, {}, ["x86_64"])).toEqual(["quay.io/a:1"]);
    expect(imageReferences(text, {}, ["x86_64", "aarch64"])).toEqual(["quay.io/a:1", "quay.io/b:1"]);
    expect(() => imageReferences(text, {}, ["s390x"])).toThrow(
      "line 4: b-${TARGETARCH} stands for b-s390x: FROM b-s390x",
    );
    const own = "FROM quay.io/x:1\nARG TARGETPLATFORM BUILDARCH\nCOPY --from=quay.io/$BUILDARCH:1 / /\n";
    expect(imageReferences(own, {}, ["aarch64"])).toEqual(["quay.io/x:1", "quay.io/arm64:1"]);
  });
});

describe("a name of source.contexts", () => {
  const contexts = {
    files: { kind: "folder" },
    base: { kind: "image", reference: "quay.io/real:1" },
    "quay.io/x:1": { kind: "image", reference: "quay.io/other:1" },
  } as const;
  const read = (text: string) => readContainerfile(text, "x86_64", {}, undefined, [], contexts);
  const taken = (text: string) => {
    const { images, contexts } = read(text);
    return [images.map(({ reference }) => reference), [...contexts]];
  };

  it.each<[string, string, readonly string[], readonly string[]]>([
    ["of an image, in FROM", "FROM base", ["quay.io/real:1"], ["base"]],
    ["of an image, in COPY", "FROM scratch\nCOPY --from=base / /", ["quay.io/real:1"], ["base"]],
    [
      "of a folder, in COPY and RUN",
      "FROM scratch\nCOPY --from=files a /\nRUN --mount=from=files,target=/f x",
      [],
      ["files"],
    ],
    ["by an argument", "FROM scratch\nARG N=files\nCOPY --from=$N a /", [], ["files"]],
    ["that is an image too", "FROM quay.io/x:1", ["quay.io/other:1"], ["quay.io/x:1"]],
    [
      "that is a stage too, which nothing is taken from",
      "FROM quay.io/y:1 AS base\nFROM base",
      ["quay.io/real:1"],
      ["base"],
    ],
    ["of the stage with that number", "FROM quay.io/y:1 AS files\nFROM scratch\nCOPY --from=0 a /", [], ["files"]],
    ["that nothing takes from", "FROM quay.io/y:1", ["quay.io/y:1"], []],
  ])("%s", (_, text, images, names) => expect(taken(text)).toEqual([images, names]));

  it.each([
    ["FROM files", "line 1: FROM files: source.contexts.files is a folder, and podman makes a stage from images alone"],
    ["ARG N=base\nFROM $N", "line 2: FROM $N: podman does not see that this is source.contexts.base; write its name"],
    ['FROM "base"', 'line 1: FROM "base": podman does not see that this is source.contexts.base; write its name'],
  ])("is refused in %j", (text, problem) => expect(() => read(text)).toThrow(problem));
});

describe("what else a Containerfile asks for", () => {
  const text = "ARG TARGETARCH\nARG G\nFROM --platform=linux/s390x quay.io/x:1\nARG S\nRUN <<E\nE\n";

  it("platform, arguments, heredocs", () => {
    const { images, takes, builderArgs, heredocLine } = readContainerfile(text, "aarch64", { U: "1" });
    expect(images).toEqual([{ reference: "quay.io/x:1", line: 3, arch: "s390x" }]);
    expect(["G", "S", "TARGETARCH", "HTTPS_PROXY", "no_proxy", "U"].map(takes)).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
    ]);
    expect(builderArgs).toEqual({ TARGETARCH: "arm64" });
    expect(heredocLine).toBe(5);
  });

  it("the platform is the settings' where they have it", () => {
    expect(readContainerfile(text, "aarch64", { TARGETARCH: "x" }).builderArgs).toEqual({});
  });

  it("what podman must be told to find a stage, unless the stage has a value of its own", () => {
    const told = (more: string) =>
      readContainerfile(`ARG S=a I=1\nFROM quay.io/x:$I AS a\n${more}FROM $S`, "x86_64").builderArgs;
    expect(told("")).toEqual({ S: "a" });
    expect(told("ARG S=b\n")).toEqual({});
    expect(told("ARG TARGETOS=b\n")).toEqual({ S: "a", TARGETOS: "linux" });
  });

  it("a secret that may be missing is missing", () => {
    const optional = "FROM quay.io/x:1\nRUN --mount=type=secret,id=a --mount=type=secret,id=b,required=false x";
    expect(imageReferences(optional)).toEqual(["quay.io/x:1"]);
  });
});
