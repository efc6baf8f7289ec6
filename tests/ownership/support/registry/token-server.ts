/**
 * A token server as the registry's specification has it (https://distribution.github.io/distribution/spec/auth/token/ and
 * .../oauth/), stricter than most: pulls of single repositories alone, each by who may have it.
 */
import { createSign, randomBytes, timingSafeEqual, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { IncomingMessage } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export const SERVICE = "images";
export const ISSUER = "token-server";

export interface Login {
  readonly user: string;
  readonly password: string;
  /** What it opens, e.g. `private/base`. */
  readonly repositories: readonly string[];
}

export interface TokenServer {
  /** Where tokens are asked for. */
  readonly realm: string;
  /** All that it has given. */
  readonly tokens: readonly string[];
  /** `USER SCOPE` of each that it has given, and `refused: WHY` of the others. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

interface Files {
  readonly certificate: string;
  readonly key: string;
}

/** Seconds that a token is good for. */
const LIFETIME = 60;

/** @param files its certificate: of its https, and of its tokens */
export async function startTokenServer(files: Files, logins: readonly Login[]): Promise<TokenServer> {
  const [cert, key] = [readFileSync(files.certificate, "utf8"), readFileSync(files.key, "utf8")];
  const tokens: string[] = [];
  const asked: string[] = [];
  const server = createServer({ cert, key }, (request, response) => {
    void answer(request, logins).then((given) => {
      if ("refused" in given) {
        asked.push(`refused: ${given.refused}`);
        response.writeHead(401).end(JSON.stringify({ errors: [{ code: "UNAUTHORIZED" }] }));
        return;
      }
      asked.push(`${given.user} repository:${given.repository}:pull`);
      const token = signed(given, cert, key);
      tokens.push(token);
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ token, access_token: token, expires_in: LIFETIME }));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    realm: `https://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    ...{ tokens, asked },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

type Given = { readonly user: string; readonly repository: string } | { readonly refused: string };

async function answer(request: IncomingMessage, logins: readonly Login[]): Promise<Given> {
  const url = new URL(request.url ?? "/", "https://localhost");
  // An identity token is exchanged by POST: all of them have expired here.
  if (request.method === "POST")
    return { refused: `${new URLSearchParams(await text(request)).get("grant_type") ?? "no grant"} that has expired` };
  const scopes = url.searchParams.getAll("scope");
  const repository = /^repository:([a-z0-9/-]+):pull$/.exec(scopes[0] ?? "")?.[1];
  if (url.pathname !== "/token" || url.searchParams.get("service") !== SERVICE) return { refused: "another service" };
  if (repository === undefined || scopes.length !== 1) return { refused: `the scope ${scopes.join(" ")}` };
  const [, encoded = ""] = /^Basic (\S+)$/.exec(request.headers.authorization ?? "") ?? [];
  const said = Buffer.from(encoded, "base64").toString("utf8");
  const login = logins.find(({ user, password }) => same(said, `${user}:${password}`));
  if (login === undefined) return { refused: said === "" ? "nobody" : "a wrong password" };
  if (!login.repositories.includes(repository)) return { refused: `${login.user} for ${repository}` };
  return { user: login.user, repository };
}

function same(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

/** https://distribution.github.io/distribution/spec/auth/jwt/ */
function signed({ user, repository }: Exclude<Given, { refused: string }>, cert: string, key: string): string {
  const now = Math.floor(Date.now() / 1000);
  const header = { typ: "JWT", alg: "ES256", x5c: [new X509Certificate(cert).raw.toString("base64")] };
  const claims = {
    ...{ iss: ISSUER, sub: user, aud: SERVICE, jti: randomBytes(16).toString("hex") },
    ...{ iat: now, nbf: now - 10, exp: now + LIFETIME },
    access: [{ type: "repository", name: repository, actions: ["pull"] }],
  };
  const body = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const signature = createSign("SHA256").update(body).sign({ key, dsaEncoding: "ieee-p1363" }, "base64url");
  return `${body}.${signature}`;
}
