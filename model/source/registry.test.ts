import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { resolveDigests } from "./identity";
import { registryClient, type RegistryOptions } from "./registry";
import { answerChallenge } from "./registry-token";
import { TestServer } from "./test-server";
import { freePort } from "../../contract/testing/free-port";

const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";

const sha256 = (data: string) => `sha256:${createHash("sha256").update(data).digest("hex")}`;
const folder = mkdtempSync(path.join(tmpdir(), "registry-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function client(options: RegistryOptions = {}) {
  return registryClient({ ...options, patience: { pauseMs: 1, ...options.patience } });
}

describe("a real registry", () => {
  let registry: ChildProcess;
  let host: string;
  const digests = { index: "", manifest: "" };

  beforeAll(async () => {
    host = `127.0.0.1:${await freePort()}`;
    const config = path.join(folder, "config.yml");
    writeFileSync(
      config,
      JSON.stringify({
        version: 0.1,
        log: { level: "error" },
        storage: { filesystem: { rootdirectory: path.join(folder, "data") } },
        http: { addr: host },
      }),
    );
    registry = spawn("docker-registry", ["serve", config], { stdio: "ignore" });
    await once(registry, "spawn");
    await until(async () => (await fetch(`http://${host}/v2/`)).ok);

    const blob = await pushBlob("{}");
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: { mediaType: "application/vnd.oci.image.config.v1+json", ...blob },
      layers: [],
    });
    digests.manifest = await pushManifest("single", OCI_MANIFEST, manifest);
    const index = JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [{ mediaType: OCI_MANIFEST, digest: digests.manifest, size: manifest.length }],
    });
    digests.index = await pushManifest("12", OCI_INDEX, index);
  });
  afterAll(async () => {
    registry.kill();
    await once(registry, "exit");
  });

  async function pushBlob(data: string): Promise<{ readonly digest: string; readonly size: number }> {
    const start = await fetch(`http://${host}/v2/a/debian/blobs/uploads/`, { method: "POST" });
    const upload = new URL(start.headers.get("location") ?? "", `http://${host}`);
    upload.searchParams.set("digest", sha256(data));
    const end = await fetch(upload, {
      method: "PUT",
      body: data,
      headers: { "content-type": "application/octet-stream" },
    });
    expect(end.status).toBe(201);
    return { digest: sha256(data), size: data.length };
  }

  async function pushManifest(tag: string, type: string, text: string): Promise<string> {
    const url = `http://${host}/v2/a/debian/manifests/${tag}`;
    const response = await fetch(url, { method: "PUT", body: text, headers: { "content-type": type } });
    expect(response.status).toBe(201);
    return sha256(text);
  }

  it("says the digest of a list and of a single image", async () => {
    expect(await client().digest(`${host}/a/debian:12`)).toBe(digests.index);
    expect(await client().digest(`${host}/a/debian:single`)).toBe(digests.manifest);
  });

  it("that has no such image is an error that names it, and so is every other", async () => {
    const missing = `${host}/a/debian:13`;
    await expect(client().digest(missing)).rejects.toThrow(
      `image ${missing}: ${host} has no a/debian:13; check name and tag, or push it`,
    );
    const all = resolveDigests([`${host}/a/debian:12`, missing, `${host}/a/none`, "short:1"], client());
    await expect(all).rejects.toThrow(/a\/debian:13;.*\n.*has no a\/none:latest;.*\n.*"short:1": no registry in it/);
    const placed = resolveDigests([missing], client(), () => "x/Containerfile, line 3");
    await expect(placed).rejects.toThrow(`image ${missing} (x/Containerfile, line 3): ${host} has no a/debian:13;`);
  });

  it("is asked once for each reference", async () => {
    const reference = `${host}/a/debian:12`;
    expect(await resolveDigests([reference, reference], client())).toEqual({ [reference]: digests.index });
  });
});

describe("a registry with tokens", () => {
  const server = new TestServer();
  beforeAll(() => server.start());
  afterEach(() => server.reset());
  afterAll(() => server.stop());

  const DIGEST = `sha256:${"d".repeat(64)}`;
  const bearer = () => `Bearer realm="http://${server.host}/token",service="test",scope="repository:a/b:pull"`;
  const image = () => `${server.host}/a/b:1`;

  /** Answers like a registry that wants the token "t1". */
  function registryWithToken(tokenAnswer: (request: IncomingMessage) => string | number): void {
    server.handle = (request, response) => {
      if (request.url?.startsWith("/token")) {
        const answer = tokenAnswer(request);
        response.writeHead(typeof answer === "number" ? answer : 200).end(String(answer));
      } else if (request.headers.authorization === "Bearer t1") {
        response.writeHead(200, { "docker-content-digest": DIGEST }).end();
      } else response.writeHead(401, { "www-authenticate": bearer() }).end();
    };
  }

  it("gives one to anybody who asks", async () => {
    registryWithToken(() => '{"token": "t1"}');
    expect(await client().digest(image())).toBe(DIGEST);
    expect(server.seen).toEqual([
      "HEAD /v2/a/b/manifests/1 -",
      "GET /token?service=test&scope=repository%3Aa%2Fb%3Apull -",
      "HEAD /v2/a/b/manifests/1 Bearer t1",
    ]);
  });

  it("gives one for the password of the first file that has some", async () => {
    registryWithToken(({ headers }) => (headers.authorization === basic("me:pa:ss") ? '{"access_token": "t1"}' : 401));
    const files = [
      path.join(folder, "none.json"),
      path.join(folder, "store.json"),
      authFile("right", { [server.host]: "no:no", [`${server.host}/a`]: "me:pa:ss" }),
    ];
    writeFileSync(
      path.join(folder, "store.json"),
      JSON.stringify({ auths: { [server.host]: {} }, credsStore: "desktop" }),
    );
    expect(await client({ authFiles: files }).digest(image())).toBe(DIGEST);
  });

  it("that refuses says who was refused, where was looked, and no password", async () => {
    registryWithToken(() => 401);
    const file = authFile("bad", { [server.host]: "me:secret" });
    const refused = client({ authFiles: [file] }).digest(image());
    await expect(refused).rejects.toThrow(
      `image ${image()}: ${server.host} lets nobody in: its token server ${server.host} answered 401 as me; log in with "podman login"`,
    );
    await expect(refused).rejects.not.toThrow(/secret/);
    await expect(client({ authFiles: ["/none"] }).digest(image())).rejects.toThrow(
      "credentials were looked for in /none",
    );
  });

  it("is not asked again and again for what it refuses", async () => {
    registryWithToken(() => '{"token": "wrong"}');
    await expect(client().digest(image())).rejects.toThrow(
      `${server.host} refuses a/b (401); check that it exists and log in`,
    );
    expect(server.seen).toHaveLength(3);
  });

  it("gets no credentials in the clear", async () => {
    const credentials = { kind: "password" as const, user: "me", password: "secret" };
    const answer = answerChallenge([bearer()], { repository: "a/b", credentials, insecure: false, patience: {} });
    await expect(answer).rejects.toThrow("is not https, and credentials are not sent in the clear");
    expect(server.seen).toEqual([]);
  });

  it("or with passwords takes one", async () => {
    server.handle = ({ headers }, response) =>
      headers.authorization === basic("me:pass")
        ? response.writeHead(200, { "docker-content-digest": DIGEST }).end()
        : response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
    expect(await client({ authFiles: [authFile("basic", { [server.host]: "me:pass" })] }).digest(image())).toBe(DIGEST);
    await expect(client().digest(image())).rejects.toThrow('it wants a password; log in with "podman login"');
    const wrong = client({ authFiles: [authFile("wrong", { [server.host]: "me:other" })] }).digest(image());
    await expect(wrong).rejects.toThrow(
      `${server.host} refuses a/b to me (401): the password is wrong, or me may not have it; log in again with "podman login ${server.host}"`,
    );
    await expect(wrong).rejects.not.toThrow(/other/);
  });

  it.each([401, 403, 404])(
    "that hides what is private behind a %i says at its beginning how to come in",
    async (status) => {
      server.handle = ({ headers, url }, response) =>
        headers.authorization === basic("me:pass")
          ? response.writeHead(200, { "docker-content-digest": DIGEST }).end()
          : response
              .writeHead(url === "/v2/" ? 401 : status, url === "/v2/" ? { "www-authenticate": "Basic" } : {})
              .end();
      expect(await client({ authFiles: [authFile("basic", { [server.host]: "me:pass" })] }).digest(image())).toBe(
        DIGEST,
      );
      server.reset();
      // Who has nothing to say is told what the registry says: no more is asked for.
      const nobody = client().digest(image());
      await expect(nobody).rejects.toThrow(status === 401 ? "it wants a password" : /refuses|has no/);
      expect(server.seen.filter((line) => line.includes(" /v2/ "))).toHaveLength(status === 401 ? 1 : 0);
    },
  );

  it("that names no digest is asked for the manifest itself", async () => {
    const manifest = '{"schemaVersion": 2}';
    server.handle = ({ method }, response) => response.writeHead(method === "HEAD" ? 405 : 200).end(manifest);
    expect(await client().digest(image())).toBe(sha256(manifest));
  });

  it("that fails for a moment is asked again, and not for ever", async () => {
    let failures = 2;
    server.handle = (_, response) =>
      failures-- > 0
        ? response.writeHead(503, { "retry-after": "0" }).end()
        : response.writeHead(200, { "docker-content-digest": DIGEST }).end();
    expect(await client().digest(image())).toBe(DIGEST);
    // What the settings say of a build's attempts is another matter.
    failures = 2;
    const settings = { authFiles: [], attempts: 1 };
    expect(await client(settings).digest(image())).toBe(DIGEST);
    failures = 99;
    server.reset();
    await expect(client().digest(image())).rejects.toThrow(`${server.host} answered 503; try again later`);
    expect(server.seen).toHaveLength(3);
  });

  it("that never answers is given up", async () => {
    server.handle = () => undefined;
    const started = Date.now();
    await expect(client({ patience: { timeoutMs: 50, attempts: 2 } }).digest(image())).rejects.toThrow(
      /can't be reached over https or http \(2 attempts, .*timeout\); check the network, the proxy and the settings'/,
    );
    expect(Date.now() - started).toBeLessThan(2000);
  });
});

describe("a registry that is not there", () => {
  it("is an error that says over what and what to do", async () => {
    const host = `127.0.0.1:${await freePort()}`;
    await expect(client().digest(`${host}/a/b:1`)).rejects.toThrow(
      new RegExp(`^image ${host}/a/b:1: ${host} can't be reached over https or http \\(3 attempts, .*ECONNREFUSED`),
    );
    const registries = [
      { prefix: host, insecure: true },
      { prefix: `${host}/a`, insecure: false },
    ];
    await expect(client({ registries }).digest(`${host}/a/b:1`)).rejects.toThrow("can't be reached over https");
    await expect(client({ registries }).digest(`${host}/ab/b:1`)).rejects.toThrow(
      "can't be reached over https or http (",
    );
  });

  it("need not be, for a reference that has its digest", async () => {
    const digest = `sha256:${"1".repeat(64)}`;
    expect(await client().digest(`nowhere.invalid/a/b:1@${digest}`)).toBe(digest);
  });
});

function authFile(name: string, entries: Readonly<Record<string, string>>): string {
  const file = path.join(folder, `${name}.json`);
  const auths = Object.entries(entries).map(([key, text]) => [key, { auth: Buffer.from(text).toString("base64") }]);
  writeFileSync(file, JSON.stringify({ auths: Object.fromEntries(auths) as unknown }));
  return file;
}

const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

async function until(ready: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await ready().catch(() => false)) return;
    await delay(50);
  }
  throw new Error("the registry did not start within 5 s");
}
