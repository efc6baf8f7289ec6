/** A real podman that builds many small things: one process for all of them, with a store of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { stat, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import { podmanStore } from "./podman-store";
import { tarOf, type Member } from "./tar-of";

export interface BuildRequest {
  readonly files: readonly Member[];
  readonly containerfile: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly target?: string;
}

export interface PodmanService {
  /** @returns what is wrong with it for podman; undefined for a build that succeeds */
  build(request: BuildRequest): Promise<string | undefined>;
  stop(): Promise<void>;
}

const START_MS = 30_000;
/** Of builds side by side one may unmount what another has just mounted: that says nothing of the file. */
const UNMOUNTED = /changing to intended-new-root directory/;
const TRIES = 3;

/** @param registries text of its registries.conf */
export async function podmanService(registries: string): Promise<PodmanService> {
  const store = await podmanStore();
  const { folder } = store;
  const socket = join(folder, "socket");
  const conf = join(folder, "registries.conf");
  await writeFile(conf, registries);
  const podman = spawn("podman", [...store.options, "system", "service", "--time", "0", `unix://${socket}`], {
    env: { ...process.env, CONTAINERS_REGISTRIES_CONF: conf },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const said: string[] = [];
  podman.stderr.setEncoding("utf8").on("data", (text: string) => said.push(text));
  const ended = once(podman, "close").catch((cause: unknown) => said.push(String(cause)));
  for (let waited = 0; !(await isThere(socket)); waited += 100) {
    if (podman.exitCode !== null || podman.pid === undefined || waited > START_MS)
      throw new Error(`podman did not start: ${said.join("").trim()}`);
    await delay(100);
  }
  return {
    async build(wanted) {
      for (let tries = 1; ; tries++) {
        const problem = await build(socket, wanted).catch((cause: unknown) => {
          throw new Error(`podman ended in a build: ${said.join("").trim()}`, { cause });
        });
        if (problem === undefined || tries === TRIES || !UNMOUNTED.test(problem)) return problem;
      }
    },
    async stop() {
      podman.kill();
      await ended;
      await store.remove();
    },
  };
}

const isThere = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

/** Lines of the answer: what it says, or the error that ends it. */
const lineSchema = z.looseObject({ stream: z.string().optional(), error: z.string().optional() });

async function build(socket: string, wanted: BuildRequest): Promise<string | undefined> {
  const { files, containerfile, buildArgs, target } = wanted;
  const query = new URLSearchParams({
    dockerfile: "Containerfile",
    // A process that changes its root is cheaper than a container; a tag asked for again is asked for again.
    ...{ isolation: "chroot", layers: "0", pullpolicy: "always", networkmode: "host", forcerm: "1", rm: "1" },
    ...(buildArgs === undefined ? {} : { buildargs: JSON.stringify(buildArgs) }),
    ...(target === undefined ? {} : { target }),
  });
  const context = tarOf([{ path: "Containerfile", content: Buffer.from(containerfile) }, ...files]);
  const text = await post(socket, `/v4.3.0/libpod/build?${query.toString()}`, context);
  for (const line of text.split("\n").filter((line) => line !== "")) {
    const { error } = lineSchema.parse(JSON.parse(line));
    if (error !== undefined) return error;
  }
  return undefined;
}

function post(socketPath: string, path: string, body: Buffer): Promise<string> {
  const headers = { "content-type": "application/x-tar", "content-length": body.length };
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, method: "POST", headers }, (response) => {
      const parts: string[] = [];
      response.setEncoding("utf8").on("data", (part: string) => parts.push(part));
      response.once("error", reject);
      response.once("end", () => {
        if (response.statusCode === 200) resolve(parts.join(""));
        else resolve(JSON.stringify({ error: `${response.statusCode}: ${parts.join("").trim()}` }));
      });
    });
    sent.once("error", reject);
    sent.end(body);
  });
}
