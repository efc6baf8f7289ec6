import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { CreateRequest, type CreateResponse } from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LOCAL_COMMAND } from "./testing/plugin";

const MAIN = join(__dirname, "main.ts");
const logged: LogRequest.AsObject[] = [];
let engine: grpc.Server;
let address: string;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "command-plugin-"));
  engine = new grpc.Server();
  engine.addService(EngineService, {
    log: (call: { request: LogRequest }, answer: (error: null, empty: Empty) => void) => {
      logged.push(call.request.toObject());
      answer(null, new Empty());
    },
  });
  const port = await new Promise<number>((resolve, reject) =>
    engine.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  address = `127.0.0.1:${port}`;
});
afterAll(() => {
  engine.forceShutdown();
  rmSync(folder, { recursive: true });
});

const plugin = (...flags: string[]) => ["--require", "load-typescript", MAIN, ...flags, address];

async function clientOf(child: ChildProcess): Promise<ResourceProviderClient> {
  if (child.stdout === null) throw new Error("the plugin has no stdout");
  const [port] = (await once(createInterface(child.stdout), "line")) as [string];
  return new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
}

function create(client: ResourceProviderClient, inputs: Record<string, string>): Promise<CreateResponse> {
  const request = new CreateRequest();
  request.setUrn(LOCAL_COMMAND);
  request.setProperties(Struct.fromJavaScript(inputs));
  return new Promise((resolve, reject) =>
    client.create(request, (error, response) => (error === null ? resolve(response) : reject(error))),
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(what: string, done: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !done(); await wait(50)) {
    if (Date.now() > end) throw new Error(`waited 10 s for ${what}`);
  }
}

describe("the plugin's process", { timeout: 30_000 }, () => {
  it("prints its port, serves, and sends output to the engine as status of the resource", async () => {
    const child = spawn(process.execPath, plugin("--logtostderr", "-v=9", "--tracing", "x:1"), { stdio: "pipe" });
    try {
      const client = await clientOf(child);
      const response = await create(client, { create: "echo one; echo two >&2" });
      expect(response.getProperties()?.toJavaScript()).toMatchObject({ stdout: "one", stderr: "two" });
      // All of it was there before the answer.
      expect(logged.map((line) => line.message).sort()).toEqual(["one", "two"]);
      expect(logged[0]).toMatchObject({ urn: LOCAL_COMMAND, severity: 1, ephemeral: true });
      await expect(create(client, { create: "exit 4" })).rejects.toThrow("failed with exit code 4");
    } finally {
      child.kill();
    }
  });

  it("ends its commands and itself when the engine is killed", async () => {
    const pids = join(folder, "pids");
    const start = `const child = require("node:child_process").spawn(process.execPath, ${JSON.stringify(plugin())}, { stdio: "inherit" })`;
    const parent = spawn(process.execPath, ["-e", start], { stdio: "pipe" });
    const client = await clientOf(parent);
    const running = create(client, { create: `echo $PPID $$ > ${pids}; sleep 60` });
    const outcome = expect(running).rejects.toThrow();
    const readPids = () => readFileSync(pids, { encoding: "utf8", flag: "a+" }).trim().split(" ").map(Number);
    await until("the command to run", () => readPids().length === 2);
    const [pluginPid = 0, commandPid = 0] = readPids();
    expect([isAlive(pluginPid), isAlive(commandPid)]).toEqual([true, true]);
    parent.kill("SIGKILL");
    await until("the plugin and its command to end", () => !isAlive(pluginPid) && !isAlive(commandPid));
    await outcome;
  });
});
