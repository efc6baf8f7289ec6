/** What is declared for one run of the agent. */
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, expect, test } from "vitest";
import { AgentRun, agentFolder } from "./agent-run";
import { makeSpec } from "../contract/testing/agent-spec";
import type { BuildObjects } from "./jobs";

const KEY = "0123456789abcdef".repeat(4);
const objects: BuildObjects = {
  disk: "disks/me/k",
  packages: "packages/me/k",
  sbom: "packages/me/k.spdx.json",
  provenance: "packages/me/k.provenance.json",
  record: "builds/me/k.json",
};
const record = {
  version: 1,
  key: KEY,
  arch: "x86_64",
  disk: { sizeBytes: 1024, dataBytes: 512, sha256: KEY },
  objects: { "raw.zst": { object: "disks/me/k", sizeBytes: 3 } },
  worker: { platform: "ssh", type: "builder.example" },
  imageDigest: `sha256:${KEY}`,
  builtAt: "2026-11-16T03:00:00.000Z",
  seconds: { prepare: 1, build: 2, disk: 3, upload: 4, commit: 0 },
};

const copies: Record<string, unknown>[] = [];
const dialled = new Map<string, unknown>();
beforeAll(async () => {
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }: pulumi.runtime.MockResourceArgs) => {
        const given = inputs as Record<string, unknown>;
        if ("connection" in given) dialled.set(name, given["connection"]);
        if (type === "command:remote:CopyToRemote" && name.endsWith("-context")) copies.push(given);
        return { id: `${name}-id`, state: { stdout: JSON.stringify(record) } };
      },
      call: () => ({}),
    },
    "copr-builders",
    "worker",
  );
});

const connection = { host: "h", port: 22, user: "root", privateKey: "k", hostKey: "ssh-ed25519 A" };

function run(name: string, attempt: number, proxy?: typeof connection): AgentRun {
  return new AgentRun(name, {
    worker: { connection: { ...connection, ...(proxy && { proxy }) }, ownMachine: true, machineId: "m-1" },
    ...{ key: KEY, arch: "x86_64", objects, agent: "agent", contextArchive: __filename, attempt, lifetimeMinutes: 60 },
    spec: makeSpec(),
  });
}

const settled = (made: AgentRun): Promise<unknown> =>
  new Promise((resolve) => made.artifact.apply((artifact) => resolve(artifact)));

test("each try copies the context again, and none writes over what an earlier one may still read", async () => {
  for (const attempt of [1, 2]) expect(await settled(run(`try-${attempt}`, attempt))).toEqual(record);
  expect(copies.map(({ triggers }) => triggers)).toEqual([
    ["m-1", 1],
    ["m-1", 2],
  ]);
  expect(copies.map(({ remotePath }) => remotePath)).toEqual([1, 2].map((n) => agentFolder(KEY, n).context));
  expect(new Set(copies.map(({ remotePath }) => remotePath)).size).toBe(2);
});

test("all that dials a worker behind a jump host goes through it, and waits no longer for it than for the worker", async () => {
  const proxy = { ...connection, host: "bastion", user: "core" };
  await settled(run("behind", 1, proxy));
  const dials = { dialErrorLimit: 5, perDialTimeout: 10 };
  const behind = [...dialled].filter(([name]) => name.startsWith("behind"));
  expect(new Map(behind)).toEqual(
    new Map([
      ["behind-ssh", expect.objectContaining({ value: { ...connection, proxy } })],
      ...["behind-agent", "behind-context", "behind"].map((name) => [
        name,
        expect.objectContaining({ value: { ...connection, ...dials, proxy: { ...proxy, ...dials } } }) as unknown,
      ]),
    ] as [string, unknown][]),
  );
});
