import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Dial, Dialled } from "../provider/ssh-ready/dial";
import type { JumpHost } from "./jump-host";
import { jumpHostAsker } from "./jump-host-preflight";

let folder: string;
let key: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "jump-host-"));
  key = path.join(folder, "key");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key]);
});
afterAll(() => rmSync(folder, { recursive: true }));

const bastion = (more: Partial<JumpHost> = {}): JumpHost => ({
  ...{ host: "bastion.example.org", port: 22, user: "core", hostKey: "ssh-ed25519 AAAA", privateKeyFile: key },
  ...more,
});

/** Answers so, and notes who is asked. */
function asker(answer: (host: string) => Dialled) {
  const asked: string[] = [];
  const dial: Dial = ({ host, port, user, privateKey }) => {
    expect(privateKey).toBe(readFileSync(key, "utf8"));
    asked.push(`${user}@${host}:${port}`);
    return Promise.resolve(answer(host));
  };
  return { ask: jumpHostAsker(dial), asked };
}

test("each distinct one is asked once, however many machines are behind it", async () => {
  const { ask, asked } = asker((host) =>
    host === "other" ? { state: "refused", why: "nothing listens there" } : { state: "ready" },
  );
  const found = await ask([
    { path: "architectures.x86_64.worker.jumpHost", jumpHost: bastion() },
    { path: "architectures.aarch64.worker.jumpHost", jumpHost: bastion({ host: "other" }) },
    { path: "targets.aws.regions[0].jumpHost", jumpHost: bastion({ host: "other" }) },
    { path: "targets.aws.regions[1].jumpHost", jumpHost: bastion({ port: 2222 }) },
  ]);
  expect([...asked].sort()).toEqual(["core@bastion.example.org:22", "core@bastion.example.org:2222", "core@other:22"]);
  expect(found).toEqual([
    {
      path: "architectures.aarch64.worker.jumpHost.host",
      problem: "the jump host other:22 lets nobody in: nothing listens there",
      remedy: "check that it is up, that sshd listens there, and that this machine may reach its port",
    },
  ]);
  // Asked for another worker later: the answer is known, its path is another.
  const later = await ask([{ path: "w.jumpHost", jumpHost: bastion({ host: "other" }) }]);
  expect([later[0]?.path, asked.length]).toEqual(["w.jumpHost.host", 3]);
});

test("the finding names the field to look at, and what to do", async () => {
  const found = async (answer: Dialled) => {
    const [one] = await asker(() => answer).ask([{ path: "w.jumpHost", jumpHost: bastion() }]);
    return `${one?.path}: ${one?.problem}; ${one?.remedy}`;
  };
  expect(await found({ state: "login refused", why: "" })).toBe(
    `w.jumpHost.privateKeyFile: core may not log in at the jump host bastion.example.org:22 with ${key}; ` +
      `put its public half ("ssh-keygen -y -f ${key}") into authorized_keys there`,
  );
  expect(await found({ state: "wrong key", why: "its host key is SHA256:a, and must be SHA256:b" })).toMatch(
    /^w\.jumpHost\.hostKey: the jump host bastion\.example\.org:22: its host key is SHA256:a, .*; compare it/,
  );
  for (const state of ["no route", "silent", "broke"] as const) {
    expect(await found({ state, why: "so it is" })).toMatch(/^w\.jumpHost\.host: the jump host .* so it is; check/);
  }
});

test("a key that can't be read is found without a dial", async () => {
  const { ask, asked } = asker(() => ({ state: "ready" }));
  const missing = bastion({ privateKeyFile: path.join(folder, "none") });
  expect(await ask([{ path: "w.jumpHost", jumpHost: missing }])).toEqual([
    expect.objectContaining({
      path: "w.jumpHost.privateKeyFile",
      problem: expect.stringContaining("can't be read") as string,
    }),
  ]);
  expect(asked).toEqual([]);
});
