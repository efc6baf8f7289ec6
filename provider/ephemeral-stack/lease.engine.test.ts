/** A runner of CI that is gone, with its lock left: the real engine, and a store that is a real server. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStore } from "../object-store";
import type { Store } from "../store";
import { Rig, kill, until } from "./engine-rig";
import { freePort } from "../../contract/testing/free-port";

const STACK = "dev.a.01234567";
const OBJECT = `leases/i/${STACK}.json`;

let rig: Rig;
let server: ChildProcess;
let store: Store;

beforeEach(async () => {
  rig = new Rig();
  const folder = join(rig.folder, "s3");
  mkdirSync(join(folder, "data", "builders"), { recursive: true });
  writeFileSync(join(folder, "credentials"), "[test]\naws_access_key_id = test\naws_secret_access_key = secret\n");
  const port = await freePort();
  const args = [
    "--port",
    `127.0.0.1:${String(port)}`,
    "--region",
    "us-east-1",
    "--quiet",
    "posix",
    join(folder, "data"),
  ];
  server = spawn(join(__dirname, "../../.tools/bin/versitygw"), args, {
    env: { ROOT_ACCESS_KEY_ID: "test", ROOT_SECRET_ACCESS_KEY: "secret" },
    stdio: "ignore",
  });
  const endpoint = `http://127.0.0.1:${String(port)}`;
  const credentials = { file: join(folder, "credentials"), profile: "test" };
  store = { bucket: "builders", region: "us-east-1", endpoint, credentials };
  for (let tries = 0; !(await fetch(endpoint).catch(() => undefined)) && tries < 100; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});
afterEach(() => {
  rig.close();
  server.kill();
});

/** Everything that names this machine names another one from now on. */
function movedAway(file: string): void {
  writeFileSync(file, readFileSync(file, "utf8").replaceAll(`"${hostname()}`, '"gone.example'));
}

test("the lock of a host that is gone is taken over once its lease has run out", async () => {
  rig.settings({ a: rig.args({ lease: { store, folder: "leases/i" } }) });
  const { done } = rig.start();
  await until("the create", () => rig.events().includes("create"));
  const lease = join(rig.folder, "s3/data/builders", OBJECT);
  await until("the engine in the lease", () => readFileSync(lease, "utf8").includes('"engines":[{'));
  for (const { pid } of rig.processes()) kill(pid);
  await done;
  await until("the end of every process", () => rig.processes().length === 0);
  rig.cancelOuter();
  rig.order("go");
  const locks = join(rig.folder, "state/.pulumi/locks/organization/inner", STACK);
  const [lock = ""] = readdirSync(locks).filter((name) => name.endsWith(".json"));
  for (const file of [join(locks, lock), lease]) movedAway(file);

  const old = new Date(Date.now() - 200_000);
  utimesSync(lease, old, old);
  const { code, text } = await rig.up();
  expect(text).toContain(`resuming left-over stack ${STACK}`);
  expect(code).toBe(0);
  expect(rig.innerStacks()).toEqual([]);
  expect(await openStore(store).getVersion(OBJECT)).toBeUndefined();
});

test("what the store does for a lease: versions, ages by its own clock, and writes on condition", async () => {
  const { getVersion, putVersion } = openStore(store);
  expect(await getVersion(OBJECT)).toBeUndefined();
  const first = (await putVersion(OBJECT, { beat: 1 }, "absent")) ?? "";
  expect(await putVersion(OBJECT, { beat: 2 }, "absent")).toBeUndefined();
  const second = await putVersion(OBJECT, { beat: 3 }, { etag: first });
  expect(await putVersion(OBJECT, { beat: 4 }, { etag: first })).toBeUndefined();
  const found = await getVersion(OBJECT);
  expect(found).toMatchObject({ body: { beat: 3 }, etag: second });
  expect(Math.abs((found?.serverDate.getTime() ?? 0) - (found?.modifiedAt.getTime() ?? 0))).toBeLessThan(5000);
});
