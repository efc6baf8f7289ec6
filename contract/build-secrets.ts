/** What `RUN --mount=type=secret` is served from on a worker: one file in the folder of its job. */
import { hidden } from "./hidden-texts";

/** Its name in the folder of a job, which is on tmpfs and its owner's alone. It goes when the image is built. */
export const SECRETS_FILE = "build-secrets.json";

/** By the id that the Containerfile has for it; what it is, as text. */
export type BuildSecrets = Readonly<Record<string, string>>;

/** Also a name of a file, and part of a podman argument. */
export const SECRET_ID = /^\w[\w.-]*$/;

/** Every text that nobody may see: output comes by lines. */
export function hiddenTexts(secrets: BuildSecrets): string[] {
  return hidden(Object.values(secrets).flatMap((value) => [value, value.trim(), ...value.split(/\r?\n/)]));
}
