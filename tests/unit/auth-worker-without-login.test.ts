/** The case auth-worker-without-login: somebody is logged in where `pulumi up` runs, nobody on the worker, which is new. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findCommand } from "../../cli/local/commands";
import { loginSecrets } from "../../contract/registry-login";
import { workerLogins, type LoginSettings } from "../../model/source/logins";

const PASSWORD = "planted-password-91";
/** bcrypt of it, 4 rounds. */
const HTPASSWD = "somebody:$2b$04$MygzDMhrEuxQ8G0B7OJmmOImLQQkFUMmtAv3vouuLTIpoWWY6x95y\n";
const AUTH = Buffer.from(`somebody:${PASSWORD}`).toString("base64");

const folder = mkdtempSync(join(tmpdir(), "worker-login-"));
const stops: (() => void)[] = [];
let open = "";
let closed = "";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** The real registry, with one image. @returns HOST:PORT */
async function registry(name: string, more: string): Promise<string> {
  const at = join(folder, name);
  mkdirSync(at);
  const host = `127.0.0.1:${await freePort()}`;
  writeFileSync(join(at, "htpasswd"), HTPASSWD);
  const storage = `storage:\n  filesystem:\n    rootdirectory: ${join(at, "data")}\n`;
  writeFileSync(
    join(at, "config.yml"),
    `version: 0.1\nlog:\n  level: error\n${storage}http:\n  addr: ${host}\n${more}`,
  );
  const server = spawn(findCommand("docker-registry", "registry"), ["serve", join(at, "config.yml")], {
    stdio: "ignore",
  });
  stops.push(() => server.kill("SIGKILL"));
  for (let tries = 0; ; tries++) {
    const answer = await fetch(`http://${host}/v2/`).catch(() => undefined);
    if (answer !== undefined) return host;
    if (tries > 100) throw new Error(`the registry ${name} does not start`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function skopeo(args: readonly string[]): void {
  const { status, stderr } = spawnSync("skopeo", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}

/** The smallest image, as a folder of an OCI layout. */
function layout(): string {
  const at = join(folder, "image");
  mkdirSync(join(at, "blobs", "sha256"), { recursive: true });
  const blob = (content: string) => {
    const digest = spawnSync("sha256sum", { input: content, encoding: "utf8" }).stdout.slice(0, 64);
    writeFileSync(join(at, "blobs", "sha256", digest), content);
    return { digest: `sha256:${digest}`, size: Buffer.byteLength(content) };
  };
  const config = blob(JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] } }));
  const type = "application/vnd.oci.image";
  const manifest = blob(
    JSON.stringify({
      ...{ schemaVersion: 2, mediaType: `${type}.manifest.v1+json`, layers: [] },
      config: { mediaType: `${type}.config.v1+json`, ...config },
    }),
  );
  writeFileSync(join(at, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  const manifests = [{ mediaType: `${type}.manifest.v1+json`, ...manifest }];
  writeFileSync(join(at, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
  return at;
}

const authFile = join(folder, "operator.json");
let digest = "";

beforeAll(async () => {
  open = await registry("open", "");
  closed = await registry(
    "closed",
    `auth:\n  htpasswd:\n    realm: r\n    path: ${join(folder, "closed", "htpasswd")}\n`,
  );
  const from = `oci:${layout()}`;
  const to = (host: string, name: string) => ["copy", "--dest-tls-verify=false", from, `docker://${host}/${name}:44`];
  skopeo(to(open, "public/base"));
  for (const name of ["private/base", "private/other"])
    skopeo([...to(closed, name), "--dest-creds", `somebody:${PASSWORD}`]);
  digest = readFileSync(join(folder, "image", "index.json"), "utf8").match(/sha256:[0-9a-f]{64}/)?.[0] ?? "";
  const auths = { [closed]: { auth: AUTH }, [open]: { auth: AUTH }, "quay.io": { auth: AUTH } };
  writeFileSync(authFile, JSON.stringify({ auths }));
});

afterAll(() => {
  for (const stop of stops) stop();
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
