import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import { build } from "./build";
import { newSince } from "./build-containers";
import { explainBuildFailure } from "./build-failure";
import type { Job } from "../job/job";
import { StepError } from "../job/step-error";
import type { BuildOptions } from "../../contract/build-options";
import type { AgentSpec } from "../../contract/agent-spec";
import {
  eventsOf,
  type FakeCommand,
  type FakeMachine,
  type FakeResult,
  fakeMachine,
  makeJob,
} from "../testing/fixtures";
import { KEY, makeSpec } from "../../contract/testing/agent-spec";
import { temporaryFolder } from "../../contract/testing/temporary-folder";

/** podman as far as building goes: knows an image once the layer with the key is built. */
function podman(onBuild: () => FakeResult = () => ({})): FakeCommand {
  let image = "";
  return (args) => {
    if (args[0] === "image") {
      const found = [{ Id: image, Digest: "sha256:dd", Labels: { "io.copr-builders.build-key": KEY } }];
      return image === "" ? { code: 125 } : { stdout: JSON.stringify(found) };
    }
    if (args[0] === "build" && args.includes("--label")) image = `id-of-${args.at(-3) ?? ""}`;
    return args.includes("--cap-add") ? onBuild() : {};
  };
}

const from = (stderr: readonly string[], code: number | null = 125): StepError =>
  explainBuildFailure({ code, stdout: "", tail: stderr, ...(code === null && { reason: "ended by SIGKILL" }) }, stderr);

async function contextJob(
  onBuild?: () => FakeResult,
  target?: string,
  options?: BuildOptions,
  beside: Partial<AgentSpec["source"] & { kind: "context" }> = {},
): Promise<{ job: Job; machine: FakeMachine }> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "Containerfile"), "FROM scratch\n");
  execFileSync("tar", ["-c", "-f", join(folder, "context.tar"), "-C", folder, "Containerfile"]);
  const archive = join(folder, "context.tar");
  const sha256 = createHash("sha256")
    .update(await readFile(archive))
    .digest("hex");
  const source: AgentSpec["source"] = {
    kind: "context",
    archive,
    sha256,
    containerfile: "Containerfile",
    buildArgs: { A: "b c" },
    pins: { "quay.io/base:1": `quay.io/base@sha256:${"a".repeat(64)}` },
    ...(target === undefined ? {} : { target }),
    ...(options === undefined ? {} : { options }),
    ...beside,
  };
  const fake = await fakeMachine({
    podman: podman(onBuild),
    tar: (args) => void execFileSync("tar", [...args], { stdio: "ignore" }),
  });
  const job = await makeJob(fake, makeSpec({ source }));
  await mkdir(job.work, { recursive: true });
  return { job, machine: fake };
}

const NAMESPACES = "--pid private --ipc private --uts private";
const builds = (machine: FakeMachine): string[] =>
  machine.calls.filter((call) => /^podman (build|pull|tag)/.test(call));

test("only the stage that was asked for is built", async () => {
  const { job, machine } = await contextJob(undefined, "slim");
  await build(job);
  const context = join(job.work, "context");
  expect(builds(machine)).toContain(
    `podman build --cap-add LINUX_IMMUTABLE --network host ${NAMESPACES} --pull=missing --target slim -f ${context}/Containerfile` +
      ` --build-arg A=b c -t localhost/copr-builder:01234567-source ${context}`,
  );
});

test("what the settings say of how it is built reaches podman", async () => {
  const { job, machine } = await contextJob(undefined, undefined, {
    ...{ securityOpt: ["label=disable"], capAdd: ["SYS_PTRACE"], ulimit: ["nofile=1:2"], network: "none" },
    device: ["/dev/fuse"],
  });
  await build(job);
  expect(builds(machine)[2]).toMatch(
    "podman build --cap-add LINUX_IMMUTABLE --cap-add SYS_PTRACE --network none --security-opt label=disable --ulimit nofile=1:2 --device /dev/fuse --pid private --ipc private --uts private --pull=missing -f",
  );
});

test("what is beside the context is where podman is told", async () => {
  const { job, machine } = await contextJob(undefined, undefined, undefined, {
    ...{ folder: "context", containerfile: "containerfile/C" },
    contexts: {
      files: { kind: "folder", path: "contexts/0" },
      "quay.io/base:2": { kind: "image", reference: "quay.io/base:1" },
    },
  });
  await build(job);
  const unpacked = join(job.work, "context");
  expect(builds(machine)[2]).toBe(
    "podman build --cap-add LINUX_IMMUTABLE --network host --pid private --ipc private --uts private --pull=missing" +
      ` --build-context files=${unpacked}/contexts/0` +
      " --build-context quay.io/base:2=container-image://quay.io/base:1" +
      ` -f ${unpacked}/containerfile/C --build-arg A=b c -t localhost/copr-builder:01234567-source ${unpacked}/context`,
  );
});

test("a context is unpacked and built as the team does, then the key goes in; once", async () => {
  const { job, machine } = await contextJob(() => ({
    lines: ["STEP 1/2: FROM scratch", "STEP 2/2: RUN true", "done"],
  }));
  expect(await build(job)).toMatchObject({ id: "id-of--t", digest: "sha256:dd" });
  const context = join(job.work, "context");
  const key = join(job.work, "key");
  const pinned = `quay.io/base@sha256:${"a".repeat(64)}`;
  expect(builds(machine)).toEqual([
    `podman pull ${pinned}`,
    `podman tag ${pinned} quay.io/base:1`,
    `podman build --cap-add LINUX_IMMUTABLE --network host ${NAMESPACES} --pull=missing -f ${context}/Containerfile --build-arg A=b c` +
      ` -t localhost/copr-builder:01234567-source ${context}`,
    `podman build --pull=never --network none -f ${key}/Containerfile --label io.copr-builders.build-key=${KEY}` +
      ` -t localhost/copr-builder:01234567 ${key}`,
  ]);
  expect(await readFile(join(key, "build-key"), "utf8")).toBe(`${KEY}\n`);
  expect(await readFile(join(key, "Containerfile"), "utf8")).toBe(
    "FROM localhost/copr-builder:01234567-source\nCOPY --chmod=0644 build-key /usr/lib/copr-builder/build-key\n",
  );
  const events = eventsOf(await readFile(job.folder.eventsPath, "utf8"));
  expect(events.filter(({ output }) => output !== true).map(({ text }) => text)).toContain("build: STEP 2/2: RUN true");
  expect(events.filter(({ output }) => output === true).map(({ text }) => text)).toContain("done");

  expect((await build(job)).seconds).toBeGreaterThanOrEqual(0);
  expect(builds(machine)).toHaveLength(4);
});

test.each(["truncated", "replaced"])("a context that was %s on its way is not unpacked", async (how) => {
  const { job, machine } = await contextJob();
  const { archive } = job.spec.source as { readonly archive: string };
  const bytes = await readFile(archive);
  // Both are tar files that tar takes without a word.
  if (how === "truncated") await writeFile(archive, bytes.subarray(0, 1024));
  else await writeFile(archive, Buffer.from(bytes.toString("latin1").replace("scratch", "evil:it"), "latin1"));
  const error = await build(job).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ permanent: false, message: expect.stringContaining("is not what was sent") });
  expect(String(error)).toContain("the next try copies it again");
  expect(machine.calls.filter((call) => /^(tar|podman build|podman pull)/.test(call))).toEqual([]);
});

test("what a killed build left is removed on our own machine only; elsewhere it is noted", async () => {
  const left = [
    { Id: "w1", State: "storage", Command: ["buildah"] },
    { Id: "c1", State: "running", Command: ["sh"] },
  ];
  const know = podman();
  for (const ownMachine of [true, false]) {
    const { job } = await contextJob();
    const calls: string[] = [];
    const machine = await fakeMachine({
      podman: (args, options) => {
        calls.push(args.join(" "));
        return args[0] === "ps" ? { stdout: JSON.stringify(left) } : know(args, options);
      },
    });
    const again = await makeJob(machine, { ...job.spec, ownMachine });
    await mkdir(again.work, { recursive: true });
    await build(again);
    expect(calls.includes("rm --force w1")).toBe(ownMachine);
    expect(await newSince(again.folder, ["w1", "w2"])).toEqual(ownMachine ? [] : ["w2"]);
  }
});

test("an image is pulled by its digest", async () => {
  const machine = await fakeMachine({ podman: podman() });
  const job = await makeJob(machine, makeSpec());
  await mkdir(job.work, { recursive: true });
  await build(job);
  expect(builds(machine)[0]).toBe(`podman pull registry.example/builder@sha256:${"a".repeat(64)}`);
  expect(await readFile(join(job.work, "key/Containerfile"), "utf8")).toMatch(
    /^FROM registry\.example\/builder@sha256:a/,
  );
});

test("a Containerfile that fails is final; the error has the failing step and the last lines", async () => {
  const output = Array.from({ length: 50 }, (_, line) => `line ${line}`);
  const failing = [...output, 'Error: building at STEP "RUN false": while running runtime: exit status 1'];
  const { job } = await contextJob(() => ({ code: 1, lines: ["STEP 3/7: RUN false", ...failing] }));
  const error = await build(job).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StepError);
  expect(error).toMatchObject({
    permanent: true,
    message: "the Containerfile does not build: STEP 3/7: RUN false: exit status 1",
  });
  const { tail } = error as StepError;
  expect(tail).toHaveLength(30);
  expect(tail[0]).toBe("STEP 3/7: RUN false");
  expect(tail.at(-1)).toContain("building at STEP");
});

test.each([
  ["initializing source docker://r/x: pinging container registry r: Get: dial tcp: connection refused"],
  ["Curl error (6): Could not resolve host for https://mirrors.example"],
  ["E: Failed to fetch http://deb.example/x  503"],
  ["write /var/lib/x: no space left on device"],
  ["while running runtime: exit status 137"],
])("not the Containerfile's fault: %s", (line) => {
  expect(from(["STEP 2/3: RUN x", line]).permanent).toBe(false);
});

const ENDINGS = z.object({
  before: z.array(z.string()),
  after: z.string(),
  endings: z.array(
    z.object({
      name: z.string(),
      class: z.string(),
      code: z.number(),
      lines: z.array(z.string()),
      alone: z.boolean().optional(),
    }),
  ),
});
const { before, after, endings } = ENDINGS.parse(
  JSON.parse(readFileSync(join(__dirname, "../testing/endings.json"), "utf8")),
);

test.each(endings)("$class: $name", ({ code, lines, alone, ...ending }) => {
  const last = alone === true ? [] : [after.replace("CODE", String(code))];
  const { permanent } = explainBuildFailure({ code, stdout: "", tail: [] }, [...before, ...lines, ...last]);
  expect(permanent ? "final" : "passing").toBe(ending.class);
});

test("a build that was killed is tried again; an unknown instruction is not", () => {
  expect(from(["STEP 2/3: RUN x"], null)).toMatchObject({ permanent: false });
  expect(from(["Error: dockerfile parse error line 2: unknown instruction: RUM"]).permanent).toBe(true);
});
