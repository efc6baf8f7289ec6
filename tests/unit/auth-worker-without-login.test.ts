/** The case auth-worker-without-login: somebody is logged in where `pulumi up` runs, nobody on the worker, which is new. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loginSecrets } from "../../contract/registry-login";
import { workerLogins, type LoginSettings } from "../../model/source/logins";
import { pushImage } from "../ownership/support/registry/images";
import { startRegistry } from "../ownership/support/registry/registry";

const PASSWORD = "planted-password-91";
/** bcrypt of it, 4 rounds. */
const HTPASSWD = "somebody:$2b$04$MygzDMhrEuxQ8G0B7OJmmOImLQQkFUMmtAv3vouuLTIpoWWY6x95y\n";
const AUTH = Buffer.from(`somebody:${PASSWORD}`).toString("base64");

const folder = mkdtempSync(join(tmpdir(), "worker-login-"));
const stops: (() => Promise<void>)[] = [];
let open = "";
let closed = "";

const authFile = join(folder, "operator.json");
let digest = "";

beforeAll(async () => {
  const images = join(folder, "images");
  const forEverybody = await startRegistry({ folder: join(folder, "open"), images });
  for (const name of ["public/base", "private/base", "private/other"])
    digest = await pushImage(forEverybody.host, { name, architectures: ["amd64"], whence: "here" });
  const auth = { kind: "passwords", text: HTPASSWD } as const;
  const withPasswords = await startRegistry({ folder: join(folder, "closed"), images, auth });
  stops.push(forEverybody.stop, withPasswords.stop);
  [open, closed] = [forEverybody.host, withPasswords.host];
  const auths = { [closed]: { auth: AUTH }, [open]: { auth: AUTH }, "quay.io": { auth: AUTH } };
  writeFileSync(authFile, JSON.stringify({ auths }));
});

afterAll(async () => {
  for (const stop of stops) await stop();
  rmSync(folder, { recursive: true });
});

function settings(more: Partial<LoginSettings> = {}): LoginSettings {
  return { registries: [], authFiles: [authFile], ...more };
}

describe("auth-worker-without-login", () => {
  it("sends the login of what it pulls, and of nothing else", async () => {
    const logins = await workerLogins([`${closed}/private/base@${digest}`], settings());
    expect(logins).toEqual({ auths: { [`${closed}/private/base`]: { auth: AUTH } } });
  });

  it("sends none for what is there for everybody, and none where nobody is logged in", async () => {
    expect(await workerLogins([`${open}/public/base@${digest}`], settings())).toBeUndefined();
    expect(await workerLogins([`${closed}/private/base@${digest}`], settings({ authFiles: [] }))).toBeUndefined();
  });

  it("gives it under the name that the worker reaches the registry by, too", async () => {
    const registries = [{ prefix: closed, location: "10.0.2.2:5000/mirror", insecure: true }];
    const logins = await workerLogins([`${closed}/private/base@${digest}`], settings({ registries }));
    expect(Object.keys(logins?.auths ?? {})).toEqual([`${closed}/private/base`, "10.0.2.2:5000/mirror/private/base"]);
  });

  it("is one that the real podman's library pulls with, and with which it pulls nothing more", async () => {
    const logins = await workerLogins([`${closed}/private/base@${digest}`], settings());
    const file = join(folder, "worker.json");
    writeFileSync(file, JSON.stringify(logins));
    const pull = (name: string, env: NodeJS.ProcessEnv) =>
      spawnSync("skopeo", ["inspect", "--raw", "--tls-verify=false", `docker://${closed}/${name}@${digest}`], {
        ...{ encoding: "utf8", env: { PATH: process.env["PATH"], HOME: folder, ...env } },
      });
    expect(pull("private/base", {}).stderr).toMatch(/unauthorized|authentication required/);
    const allowed = pull("private/base", { REGISTRY_AUTH_FILE: file });
    expect(allowed.status, allowed.stderr).toBe(0);
    expect(pull("private/other", { REGISTRY_AUTH_FILE: file }).stderr).toMatch(/unauthorized|authentication required/);
  });

  it("hides all of it in what is said", async () => {
    const logins = await workerLogins([`${closed}/private/base@${digest}`], settings());
    expect(loginSecrets(logins ?? { auths: {} })).toEqual(expect.arrayContaining([AUTH, PASSWORD]));
  });
});
