/** Image references: `REGISTRY/NAME[:TAG][@DIGEST]`. */
import { UserError } from "../../contract/user-error";

export interface ImageReference {
  /** As written. */
  readonly text: string;
  /** `quay.io`, `127.0.0.1:5000` */
  readonly registry: string;
  /** `fedora/fedora-bootc` */
  readonly repository: string;
  readonly tag: string;
  readonly digest?: string;
}

/**
 * @throws if it is malformed or names no registry: what a short name means differs from machine to machine.
 */
export function parseReference(text: string): ImageReference {
  const parts = /^([^/@]+)\/([^:@]+)(?::([\w][\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(text);
  const [, registry = "", path = "", tag, digest] = parts ?? [];
  if (!parts || !isHost(registry)) throw new UserError(`image ${JSON.stringify(text)}: ${problemOf(text)}`);
  // Docker Hub's own images live in a folder that its references may leave out.
  const repository = registry === "docker.io" && !path.includes("/") ? `library/${path}` : path;
  if (!/^[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/.test(repository)) {
    throw new UserError(
      `image ${JSON.stringify(text)}: ${JSON.stringify(path)} is not a name; use small letters and digits`,
    );
  }
  return { text, registry, repository, tag: tag ?? "latest", ...(digest === undefined ? {} : { digest }) };
}

/** Does a text name an image and its registry? */
export function isReference(text: string): boolean {
  try {
    parseReference(text);
    return true;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

/** What is wrong with a text that is no reference. */
function problemOf(text: string): string {
  const [, host = "", rest = ""] = /^([^/@]+)\/([^]*)$/.exec(text) ?? [];
  const [name = "", digest] = rest.split(/@([^]*)/);
  const [, tag] = name.split(/:([^]*)/);
  if (!isHost(host) || name === "" || /^[a-z][a-z0-9+.-]*:\/\//i.test(text))
    return "no registry in it; write e.g. docker.io/library/NAME:TAG";
  if (digest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(digest))
    return `${JSON.stringify(digest)} is not a digest that can be held against a build; write sha256: and its 64 digits`;
  return `${JSON.stringify(tag)} is not a tag; write letters, digits, "_", "." and "-", at most 128, or leave out the colon`;
}

/** The same image, tied to its bytes: tag and digest together are refused by some tools. */
export function pinned(reference: string, digest: string): string {
  const { registry } = parseReference(reference);
  const path = reference.slice(registry.length + 1).replace(/[:@].*$/, "");
  return `${registry}/${path}@${digest}`;
}

/** The rule of every container tool: a dot, a port or `localhost` make it a host and not a folder. */
function isHost(text: string): boolean {
  return (
    text === "localhost" || /^(\[[0-9a-f:]+\](:\d+)?|[A-Za-z0-9.-]+:\d+|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)$/i.test(text)
  );
}
