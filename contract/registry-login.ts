/** The logins that a worker pulls with: one file in the folder of its job, in the form that podman reads (containers-auth.json(5)). */
import { hidden } from "./hidden-texts";

/** Its name in the folder of a job, which is on tmpfs and its owner's alone. It goes when all is pulled. */
export const LOGIN_FILE = "auth.json";

export interface LoginEntry {
  /** base64 of `USER:PASSWORD`. */
  readonly auth: string;
  readonly identitytoken?: string;
}

export interface LoginFile {
  /** By registry and repository, e.g. `quay.io/private/base`. */
  readonly auths: Readonly<Record<string, LoginEntry>>;
}

/** Every text in it that nobody may see, decoded too. */
export function loginSecrets({ auths }: LoginFile): string[] {
  const texts = Object.values(auths).flatMap(({ auth, identitytoken = "" }) => {
    const plain = Buffer.from(auth, "base64").toString("utf8");
    return [auth, identitytoken, plain, plain.slice(plain.indexOf(":") + 1)];
  });
  return hidden(texts);
}
