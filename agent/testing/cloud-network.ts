/** For tests: a machine's network in which a cloud tells the machine of itself, and nothing else is reached. Needs podman's rights. */
import { spawn, type ChildProcess } from "node:child_process";
import { runCommand } from "../machine/processes";
import type { Run } from "../machine/machine";

/** What it answers to everybody. */
export const TOLD = "told-by-the-cloud";
/** Something else that a build may need. */
export const MIRROR = "10.99.0.1";
const ADDRESSES = ["169.254.169.254/32", "fd00:ec2::254/128", "fe80::a9fe:a9fe/64", `${MIRROR}/24`, "fd00:99::1/64"];
const OWN = ["10.99.0.2/24", "fd00:99::2/64"];
const CARD = "eth0";

const SERVER = `require("node:http").createServer((_, answer) => answer.end("${TOLD}"))
  .listen(80, "::", () => console.log("listening"))`;

/** Where podman needs no root, it has a user namespace: networks are made there too. */
const RIGHTS = process.getuid?.() === 0 ? [] : ["podman", "unshare"];

export interface CloudNetwork {
  /** Runs a command of the machine. */
  readonly run: Run;
  remove(): void;
}

export async function cloudNetwork(): Promise<CloudNetwork> {
  const started: ChildProcess[] = [];
  const inNew = async (command: readonly string[], says: string): Promise<number> => {
    const [file = "", ...args] = [...RIGHTS, "unshare", "--net", ...command];
    const child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"] });
    started.push(child);
    for await (const chunk of child.stdout) if (String(chunk).includes(says)) return child.pid ?? 0;
    throw new Error(`${command.join(" ")} ended`);
  };
  const enter = (pid: number): readonly string[] => [...RIGHTS, "nsenter", `--net=/proc/${pid}/ns/net`];
  const inside = async (pid: number, ...command: readonly string[]): Promise<void> => {
    const [file = "", ...args] = [...enter(pid), ...command];
    const result = await runCommand(file, args, { timeoutMs: 20_000 });
    if (result.code !== 0) throw new Error(`${command.join(" ")}: ${result.tail.join("; ")}`);
  };
  const cloud = await inNew([process.execPath, "-e", SERVER], "listening");
  const machine = await inNew(["sh", "-c", "echo ready; exec sleep 600"], "ready");
  await inside(machine, "ip", "link", "add", CARD, "type", "veth", "peer", "name", CARD, "netns", String(cloud));
  for (const pid of [machine, cloud]) await inside(pid, "ip", "link", "set", CARD, "up");
  await inside(machine, "ip", "link", "set", "lo", "up");
  const give = (pid: number, address: string) =>
    inside(pid, "ip", "addr", "add", address, "dev", CARD, ...(address.includes(":") ? ["nodad"] : []));
  for (const address of ADDRESSES) await give(cloud, address);
  for (const address of OWN) await give(machine, address);
  await inside(machine, "ip", "route", "add", "default", "via", MIRROR);
  await inside(machine, "ip", "-6", "route", "add", "default", "via", "fd00:99::1");
  return {
    run: (command, args, options) => {
      const [file = "", ...rest] = [...enter(machine), command, ...args];
      return runCommand(file, rest, options);
    },
    remove: () => started.forEach((child) => child.kill("SIGKILL")),
  };
}
