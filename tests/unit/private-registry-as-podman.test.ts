/** Private registries over TLS, as the preview asks them and as podman's own library does, with the same files and environment. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { certificatePlaces, proxies } from "../../model/settings/environment";
import { registryClient } from "../../model/source";
import { makeAuthority } from "../ownership/support/registry/authority";
import { pushImage } from "../ownership/support/registry/images";
import { startRegistry, type Registry } from "../ownership/support/registry/registry";
import { startTokenServer } from "../ownership/support/registry/token-server";

/** With its bcrypt, 4 rounds. */
const PASSWORD = "thimble-9f27-meadow-31c5";
const PASSWORDS = "robot:$2b$04$MygzDMhrEuxQ8G0B7OJmmOcc7cDZ8drZQNrLPnifjWuMHe9ylB2Yq\n";

const folder = mkdtempSync(join(tmpdir(), "private-registry-"));
const stops: (() => unknown)[] = [];
const connects: string[] = [];
let closed: Registry;
let tokens: Registry;
let digest: string;
let environment: Record<string, string>;

beforeAll(async () => {
  const at = (name: string): string => join(folder, name);
  const seed = await startRegistry({ folder: at("seed"), images: at("images") });
  for (const name of ["private/base", "private/other"])
    digest = await pushImage(seed.host, { name, architectures: ["amd64"], whence: "here" });
  await seed.stop();
  const authority = makeAuthority(at("authority"));
  const forTokens = authority.sign("tokens");
  const logins = [{ user: "robot", password: PASSWORD, repositories: ["private/base"] }];
  const server = await startTokenServer(forTokens, logins);
  closed = await startRegistry({
    ...{ folder: at("closed"), images: at("images"), tls: authority.sign("closed") },
    auth: { kind: "passwords", text: PASSWORDS },
  });
  tokens = await startRegistry({
    ...{ folder: at("tokens"), images: at("images"), tls: forTokens },
    auth: { kind: "tokens", server, certificate: authority.certificate },
  });
  const between = createServer();
  // Whatever it is asked for is the registry with tokens.
  between.on("connect", ({ url = "" }, socket) => {
    connects.push(url);
    const there = connect(tokens.port, "127.0.0.1", () => socket.write("HTTP/1.1 200 Connected\r\n\r\n"));
    socket.pipe(there).pipe(socket);
    for (const end of [socket, there]) end.on("error", () => end.destroy());
  });
  between.listen(0, "127.0.0.1");
  await once(between, "listening");
  stops.push(server.stop, closed.stop, tokens.stop, () => between.close());
  for (const host of [closed.host, tokens.host, "registry.example"]) {
    mkdirSync(at(`.config/containers/certs.d/${host}`), { recursive: true });
    cpSync(authority.certificate, at(`.config/containers/certs.d/${host}/ca.crt`));
  }
  environment = { HOME: folder, HTTPS_PROXY: `http://127.0.0.1:${(between.address() as AddressInfo).port}` };
});
afterAll(async () => {
  for (const stop of stops) await stop();
  rmSync(folder, { recursive: true });
});

type Entry = { readonly auth: string; readonly identitytoken?: string };
const login = (password = PASSWORD): Entry => ({ auth: Buffer.from(`robot:${password}`).toString("base64") });

interface Asked {
  readonly ours: string;
  readonly podmans: string;
}

/** The digest, or what is said instead of it. */
async function ask(reference: string, entry: Entry | undefined, more: Record<string, string> = {}): Promise<Asked> {
  const file = join(folder, "auth.json");
  const name = reference.replace(/:1$/, "");
  writeFileSync(file, JSON.stringify({ auths: entry === undefined ? {} : { [name]: entry } }));
  const env = { ...environment, ...more };
  const client = registryClient({
    authFiles: [file],
    proxies: proxies(env),
    certificates: certificatePlaces(env),
    registries: [{ prefix: reference.split("/")[0] ?? "", insecure: false }],
    patience: { attempts: 1 },
  });
  const ours = await client.digest(reference).catch((error: unknown) => (error as Error).message);
  const podmans = await new Promise<string>((resolve) => {
    execFile(
      "skopeo",
      ["inspect", "--raw", "--retry-times", "0", `docker://${reference}`],
      { env: { PATH: process.env["PATH"], ...env, REGISTRY_AUTH_FILE: file } },
      (error, stdout, stderr) =>
        resolve(error === null ? `sha256:${createHash("sha256").update(stdout).digest("hex")}` : stderr),
    );
  });
  expect(ours.includes(PASSWORD) || ours.includes(login().auth)).toBe(false);
  return { ours, podmans };
}

it("is let in with a password, and with a token whose server has the registry's authority", async () => {
  expect(await ask(`${closed.host}/private/base:1`, login())).toEqual({ ours: digest, podmans: digest });
  expect(await ask(`${tokens.host}/private/base:1`, login())).toEqual({ ours: digest, podmans: digest });
});

it.each<[string, () => string, Entry | undefined, RegExp]>([
  [
    "a wrong password",
    () => closed.host,
    login("wrong"),
    /refuses private\/base to robot \(401\): the password is wrong/,
  ],
  ["no login", () => closed.host, undefined, /it wants a password; log in with "podman login"/],
  ["a wrong password for tokens", () => tokens.host, login("wrong"), /token server \S+ answered 401 as robot; log in/],
  ["no login for tokens", () => tokens.host, undefined, /answered 401 without credentials; log in/],
  [
    "an identity token that has expired",
    () => tokens.host,
    { ...login(""), identitytoken: "of last year" },
    /answered 401 to an identity token; log in/,
  ],
  [
    "an authority that is not known",
    () => `localhost:${tokens.port}`,
    login(),
    /certificate that is not trusted .*certs\.d/,
  ],
])("%s lets neither in, and is said with what to do", async (_what, host, entry, said) => {
  const { ours, podmans } = await ask(`${host()}/private/base:1`, entry);
  expect(ours).toMatch(said);
  expect(podmans).toMatch(/unauthorized|authentication required|unknown authority/);
});

it("a login that opens another repository opens this one to neither", async () => {
  const { ours, podmans } = await ask(`${tokens.host}/private/other:1`, login());
  expect(ours).toMatch(/answered 401 as robot/);
  expect(podmans).toMatch(/unauthorized|authentication required/);
});

it("is reached through a proxy, and past it where NO_PROXY says so", async () => {
  const reference = "registry.example/private/base:1";
  connects.length = 0;
  expect(await ask(reference, login())).toEqual({ ours: digest, podmans: digest });
  // Its token server is on this machine, which nobody asks through a proxy.
  expect(new Set(connects)).toEqual(new Set(["registry.example:443"]));
  connects.length = 0;
  const { ours, podmans } = await ask(reference, login(), { NO_PROXY: "registry.example" });
  expect(ours).toMatch(/can't be reached over https/);
  expect(podmans).toMatch(/no such host|dial tcp/);
  expect(connects).toEqual([]);
});
