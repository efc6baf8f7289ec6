/** Asks registries which digest a reference stands for. No image is downloaded. */
import { createHash } from "node:crypto";
import type { RegistryMirror } from "../../agent/spec";
import { isLoopback } from "../settings/environment";
import { findCredentials } from "./credentials";
import { patientFetch, type Patience } from "./patient-fetch";
import { parseReference, type ImageReference } from "./reference";
import { answerChallenge } from "./registry-token";

/** A reference that cannot be resolved. */
export class RegistryError extends Error {
  override readonly name = "RegistryError";

  constructor(reference: string, problem: string, options?: ErrorOptions) {
    super(`image ${reference}: ${problem}`, options);
  }
}

export interface RegistryOptions extends Patience {
  /** Which registries are insecure; the longest prefix decides. This machine itself is, unless it is said not to be. */
  readonly registries?: readonly Pick<RegistryMirror, "prefix" | "insecure">[];
  /** Files that may hold credentials. */
  readonly authFiles?: readonly string[];
}

export interface Registry {
  /** The digest, `sha256:...`. A reference that has one is answered without asking. */
  digest(reference: string): Promise<string>;
}

/** Lists first: one digest for all architectures. */
const ACCEPT = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

const DIGEST = /^sha256:[0-9a-f]{64}$/;

export function registryClient(options: RegistryOptions = {}): Registry {
  return {
    async digest(text) {
      const reference = parseReference(text);
      return reference.digest ?? (await new Resolution(reference, options).digest());
    },
  };
}

class Resolution {
  private authorization: string | undefined;

  constructor(
    private readonly reference: ImageReference,
    private readonly options: RegistryOptions,
  ) {}

  async digest(): Promise<string> {
    const head = await this.ask("HEAD");
    const named = head.headers.get("docker-content-digest") ?? "";
    if (head.ok && DIGEST.test(named)) return named;
    // Some registries answer HEAD without the digest, or not at all: the manifest's own bytes say it too.
    if (!head.ok && head.status !== 405) throw this.refusal(head);
    const get = await this.ask("GET");
    if (!get.ok) throw this.refusal(get);
    const body = Buffer.from(await get.arrayBuffer());
    return `sha256:${createHash("sha256").update(body).digest("hex")}`;
  }

  private async ask(method: "HEAD" | "GET"): Promise<Response> {
    const response = await this.request(method);
    if (response.status !== 401 || this.authorization !== undefined) return response;
    this.authorization = await this.authorize(response);
    return this.request(method);
  }

  private async authorize(response: Response): Promise<string> {
    const { registry, repository, text } = this.reference;
    const { authFiles = [] } = this.options;
    const credentials = await findCredentials(authFiles, registry, repository);
    try {
      return await answerChallenge(response.headers.get("www-authenticate") ?? "", {
        repository,
        credentials,
        insecure: this.insecure,
        patience: this.options,
      });
    } catch (cause) {
      const where =
        credentials === undefined ? `; credentials were looked for in ${authFiles.join(", ") || "no file"}` : "";
      throw new RegistryError(text, `${registry} lets nobody in: ${(cause as Error).message}${where}`, { cause });
    }
  }

  private async request(method: "HEAD" | "GET"): Promise<Response> {
    const headers = {
      accept: ACCEPT,
      ...(this.authorization === undefined ? {} : { authorization: this.authorization }),
    };
    try {
      return await patientFetch(this.url(), { method, headers }, this.options);
    } catch (cause) {
      throw this.unreachable(cause as Error);
    }
  }

  private get insecure(): boolean {
    const { registry, repository } = this.reference;
    const name = `${registry}/${repository}`;
    const [match] = (this.options.registries ?? [])
      .filter(({ prefix }) => name === prefix || name.startsWith(`${prefix}/`))
      .sort((a, b) => b.prefix.length - a.prefix.length);
    return match?.insecure ?? isLoopback(registry);
  }

  private url(): string {
    const { registry, repository, tag } = this.reference;
    // The registry of Docker Hub has another name than its references.
    const host = registry === "docker.io" ? "registry-1.docker.io" : registry;
    return `${this.insecure ? "http" : "https"}://${host}/v2/${repository}/manifests/${tag}`;
  }

  private refusal({ status }: Response): RegistryError {
    const { registry, repository, tag, text } = this.reference;
    switch (status) {
      case 401:
      case 403:
        return new RegistryError(
          text,
          `${registry} refuses ${repository} (${status}); check that it exists and log in with "podman login ${registry}"`,
        );
      case 404:
        return new RegistryError(text, `${registry} has no ${repository}:${tag}; check name and tag, or push it`);
      case 429:
        return new RegistryError(text, `${registry} answers no more requests for now (429); log in, or wait`);
      default:
        return new RegistryError(
          text,
          `${registry} answered ${status}; try again later, or write the digest into the reference`,
        );
    }
  }

  private unreachable(cause: Error): RegistryError {
    const { registry, text } = this.reference;
    const scheme = this.insecure ? "http" : "https";
    return new RegistryError(
      text,
      `${registry} can't be reached over ${scheme} (${cause.message}); ` +
        "check the network and the settings' registries, or write the digest into the reference",
      { cause },
    );
  }
}
