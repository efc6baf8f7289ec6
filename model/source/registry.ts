/** Asks registries which digest a reference stands for, and for which architectures it is there. No image is downloaded. */
import { UserError } from "../../contract/user-error";
import { createHash } from "node:crypto";
import type { RegistryMirror } from "../../contract/agent-spec";
import { isLoopback } from "../settings/environment";
import { certificateReader, type CertificatePlaces, type Checked } from "./certificates";
import type { Credentials } from "./credential";
import { findCredentials } from "./credentials";
import { isCertificateError, type HttpResponse, type Reach } from "./http";
import {
  configArchitecture,
  listedArchitectures,
  listedDigest,
  MANIFESTS,
  parseManifest,
  typeProblem,
} from "./manifest";
import { patientFetch, type Patience } from "./patient-fetch";
import type { Proxies } from "./proxy";
import { entryFor } from "./prefix";
import { parseReference, type ImageReference } from "./reference";
import { refusalOf } from "./registry-refusal";
import { answerChallenge } from "./registry-token";

/** A reference that cannot be resolved. */
export class RegistryError extends UserError {
  override readonly name = "RegistryError";

  constructor(
    readonly reference: string,
    readonly problem: string,
    options: ErrorOptions & {
      /** The registry has answered that it is not there. @default false */ readonly missing?: boolean;
    } = {},
  ) {
    super(`image ${reference}: ${problem}`, options);
    this.missing = options.missing ?? false;
  }

  readonly missing: boolean;
}

export interface RegistryOptions {
  /** Not the settings' own `attempts`: those are of builds. */
  readonly patience?: Patience;
  /** Which registries are insecure; the longest prefix decides. This machine itself is, unless it is said not to be. */
  readonly registries?: readonly Pick<RegistryMirror, "prefix" | "insecure">[];
  /** Files that may hold credentials. */
  readonly authFiles?: readonly string[];
  readonly proxies?: Proxies;
  /** Where certificates of registries are. */
  readonly certificates?: CertificatePlaces;
}

export interface Registry {
  /** The digest, `sha256:...`. A reference that has one is answered without asking. */
  digest(reference: string): Promise<string>;
  /** Architectures as images name them (`amd64`); undefined where the registry doesn't tell. */
  architectures(reference: string): Promise<readonly string[] | undefined>;
}

/** One that tells too which image of a list a machine pulls. */
export interface RegistryOfLists extends Registry {
  /** The digest of the image itself, which is what people sign; undefined where the list has none of it. */
  instance(reference: string, architecture: string): Promise<string | undefined>;
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** What the questions of one run share. */
interface Shared {
  readonly options: RegistryOptions;
  readonly tls: ReturnType<typeof certificateReader>;
  /** What an insecure registry speaks, once that is known. */
  readonly schemes: Map<string, "http" | "https">;
}

export function registryClient(options: RegistryOptions = {}): RegistryOfLists {
  const tls = certificateReader(options.certificates ?? { folders: [], authorities: [] });
  const shared: Shared = { options, tls, schemes: new Map() };
  return {
    async digest(text) {
      const reference = parseReference(text);
      return reference.digest ?? (await new Resolution(reference, shared).digest());
    },
    architectures: (text) => new Resolution(parseReference(text), shared).architectures(),
    instance: (text, architecture) => new Resolution(parseReference(text), shared).instance(architecture),
  };
}

class Resolution {
  private authorization: string | undefined;
  private readonly options: RegistryOptions;

  constructor(
    private readonly reference: ImageReference,
    private readonly shared: Shared,
  ) {
    this.options = shared.options;
  }

  async digest(): Promise<string> {
    const head = await this.ask("HEAD", this.manifestPath);
    const named = head.header("docker-content-digest") ?? "";
    if (head.ok) this.refuseType(head);
    if (head.ok && DIGEST.test(named)) return named;
    // Some registries answer HEAD without the digest, or not at all: the manifest's own bytes say it too.
    if ([401, 404, 429].includes(head.status) || (head.status >= 500 && head.status !== 501)) throw this.refusal(head);
    return sha256((await this.manifest()).body);
  }

  async architectures(): Promise<readonly string[] | undefined> {
    const { manifest } = await this.manifest();
    const listed = listedArchitectures(manifest);
    if (listed !== undefined || manifest.config == null) return listed;
    const config = await this.ask("GET", `blobs/${manifest.config.digest}`);
    const found = config.ok ? configArchitecture(config.body) : undefined;
    return found === undefined ? undefined : [found];
  }

  async instance(architecture: string): Promise<string | undefined> {
    const { manifest, body } = await this.manifest();
    return manifest.manifests == null ? sha256(body) : listedDigest(manifest, architecture);
  }

  private async manifest() {
    const response = await this.ask("GET", this.manifestPath);
    if (!response.ok) throw this.refusal(response);
    this.refuseType(response);
    const manifest = parseManifest(response.body);
    if (manifest === undefined)
      throw this.error("sent something that is no manifest of an image; check the name, or push it again");
    return { manifest, body: response.body };
  }

  private async ask(method: "HEAD" | "GET", path: string): Promise<HttpResponse> {
    const response = await this.request(method, path);
    if (this.authorization !== undefined || ![401, 403, 404].includes(response.status)) return response;
    const challenge = await this.challenge(response);
    if (challenge === undefined) return response;
    this.authorization = await this.authorize(challenge);
    return this.request(method, path);
  }

  /**
   * The answer that says how to come in. Some registries hide what is private behind 403, 404 or a 401 that says nothing: their
   * `/v2/` says it, which podman asks first.
   */
  private async challenge(response: HttpResponse): Promise<HttpResponse | undefined> {
    if (response.status === 401 && response.header("www-authenticate") !== undefined) return response;
    const { registry, repository } = this.reference;
    const known = response.status === 401 || (await this.credentials(registry, repository)) !== undefined;
    const start = known ? await this.request("GET") : undefined;
    if (start?.status === 401 && start.header("www-authenticate") !== undefined) return start;
    return response.status === 401 ? response : undefined;
  }

  private async credentials(registry: string, repository: string): Promise<Credentials | undefined> {
    try {
      return await findCredentials(this.options.authFiles ?? [], registry, repository);
    } catch (cause) {
      throw this.error(`lets nobody in: ${(cause as Error).message}`, cause);
    }
  }

  private async authorize(response: HttpResponse): Promise<string> {
    const { registry, repository } = this.reference;
    const { authFiles = [] } = this.options;
    const credentials = await this.credentials(registry, repository);
    try {
      const where = `; credentials were looked for in ${authFiles.join(", ") || "no file"}`;
      return await answerChallenge(response.headers("www-authenticate"), {
        repository,
        credentials,
        insecure: this.insecure,
        patience: this.patience,
        reach: this.reach,
      }).catch((cause: unknown) => {
        throw credentials === undefined ? new Error(`${(cause as Error).message}${where}`, { cause }) : cause;
      });
    } catch (cause) {
      throw this.error(`lets nobody in: ${(cause as Error).message}`, cause);
    }
  }

  /** @param path below the repository; none is the beginning of all */
  private async request(method: "HEAD" | "GET", path?: string): Promise<HttpResponse> {
    const { authorization } = this;
    const init = { method, headers: { accept: MANIFESTS.join(", "), ...(authorization && { authorization }) } };
    const { registry, repository } = this.reference;
    // The registry of Docker Hub has another name than its references.
    const host = registry === "docker.io" ? "registry-1.docker.io" : registry;
    const { schemes } = this.shared;
    const send = (scheme: string, patience: Patience) =>
      patientFetch(
        `${scheme}://${host}/v2/${path === undefined ? "" : `${repository}/${path}`}`,
        init,
        patience,
        this.reach,
      );
    const known = schemes.get(host);
    if (!this.insecure || known !== undefined) {
      return send(known ?? "https", this.patience).catch((cause: unknown) => {
        throw this.unreachable(known ?? "https", cause as Error);
      });
    }
    // https with any certificate first, then plain http: containers-registries.conf(5), "insecure".
    try {
      const response = await send("https", { ...this.patience, attempts: 1 });
      schemes.set(host, "https");
      return response;
    } catch {
      const response = await send("http", this.patience).catch((cause: unknown) => {
        throw this.unreachable("https or http", cause as Error);
      });
      schemes.set(host, "http");
      return response;
    }
  }

  private get patience(): Patience {
    return this.options.patience ?? {};
  }

  private get manifestPath(): string {
    return `manifests/${this.reference.digest ?? this.reference.tag}`;
  }

  private get reach(): Reach {
    const { proxies = {} } = this.options;
    // The token server too is checked with what there is for the registry: podman has one client for both.
    const tls = (): Checked => this.shared.tls(this.reference.registry);
    return { proxies, tls, anyCertificate: this.insecure };
  }

  private get insecure(): boolean {
    const { registry, repository } = this.reference;
    const name = `${registry}/${repository}`;
    return entryFor(name, this.options.registries ?? [])?.insecure ?? isLoopback(registry);
  }

  private refuseType(response: HttpResponse): void {
    const problem = typeProblem(response.header("content-type"));
    if (problem !== undefined) throw this.error(problem);
  }

  private refusal(response: HttpResponse): RegistryError {
    const problem = refusalOf(response, this.reference, userOf(this.authorization));
    return this.error(problem, undefined, response.status === 404);
  }

  private unreachable(scheme: string, cause: Error): RegistryError {
    const { registry } = this.reference;
    if (isCertificateError(cause)) {
      return this.error(
        `has a certificate that is not trusted (${cause.message}); put the certificate of its authority into ` +
          `/etc/containers/certs.d/${registry}/ca.crt, or set registries["${registry}"].insecure: true`,
        cause,
      );
    }
    return this.error(
      `can't be reached over ${scheme} (${cause.message}); ` +
        "check the network, the proxy and the settings' registries, or write the digest into the reference",
      cause,
    );
  }

  private error(problem: string, cause?: unknown, missing = false): RegistryError {
    const { registry, text } = this.reference;
    return new RegistryError(text, `${registry} ${problem}`, { cause, missing });
  }
}

/** Whose password was sent, if one was. */
function userOf(authorization = ""): string | undefined {
  const [, text] = /^Basic (.+)$/.exec(authorization) ?? [];
  return text === undefined
    ? undefined
    : Buffer.from(text, "base64")
        .toString("utf8")
        .replace(/:[^]*$/, "");
}

function sha256(body: Buffer): string {
  return `sha256:${createHash("sha256").update(body).digest("hex")}`;
}
