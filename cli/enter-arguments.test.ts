import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeKey, makeServer, type TestServer } from "../standins/command-plugin/testing/sshd";
import { sshArguments, type Connection } from "./enter-arguments";

let machine: TestServer;
let jump: TestServer;
let folder: string;
beforeAll(async () => {
  [machine, jump] = [await makeServer(), await makeServer()];
  await Promise.all([machine.start(), jump.start()]);
  // A folder whose name a shell and ssh would read otherwise.
  folder = mkdtempSync(path.join(tmpdir(), "enter-%h-"));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await Promise.all([machine.stop(), jump.stop()]);
});

function hop({ port, user, privateKey, hostKey }: TestServer) {
  return { host: "127.0.0.1", port, user, privateKey, hostKey };
}

function enter(connection: Connection) {
  const args = sshArguments(connection, folder);
  return { args, ...spawnSync("ssh", [...args, "echo", "entered"], { encoding: "utf8", input: "" }) };
}

test("ssh enters a machine through its jump host, with no key among its arguments", { timeout: 30_000 }, () => {
  const { args, status, stdout, stderr } = enter({ ...hop(machine), proxy: hop(jump) });
  expect({ status, stdout, stderr }).toMatchObject({ status: 0, stdout: "entered\n" });
  const body = (text: string) => text.split("\n")[2] ?? "";
  expect(args.join(" ")).not.toContain(body(jump.privateKey));
  expect(args.join(" ")).toContain("-W '[%h]:%p'");
  expect(statSync(path.join(folder, "jump-host-key")).mode & 0o777).toBe(0o600);
  expect(readFileSync(path.join(folder, "jump-host-known_hosts"), "utf8")).toContain(jump.hostKey);
});

test("and by itself where there is none", { timeout: 30_000 }, () => {
  expect(enter(hop(machine))).toMatchObject({ status: 0, stdout: "entered\n" });
});

test("another host key is refused at either", { timeout: 30_000 }, () => {
  const other = makeKey(jump.folder, "other").publicKey;
  for (const connection of [
    { ...hop(machine), proxy: { ...hop(jump), hostKey: other } },
    { ...hop(machine), hostKey: other, proxy: hop(jump) },
  ]) {
    const { status, stdout, stderr } = enter(connection);
    expect({ status, stdout }).toEqual({ status: 255, stdout: "" });
    expect(stderr).toContain("Host key verification failed");
  }
});

test("its words are one argument each, whatever the shell", () => {
  const [option, value = ""] = sshArguments({ ...hop(machine), proxy: { ...hop(jump), user: "a b" } }, folder);
  expect(option).toBe("-o");
  const command = value.replace(/^ProxyCommand=ssh/, "printf '%s\\n'").replaceAll("%%", "%");
  expect(execFileSync("sh", ["-c", command], { encoding: "utf8" }).split("\n")).toContain("a b@127.0.0.1");
});
