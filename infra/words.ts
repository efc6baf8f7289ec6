/** The words of the design that are closed sets, and how to be exhaustive about them. */
import { UserError } from "../contract/user-error";

/** Machine architectures as `uname -m` and RPM name them. */
export const ARCHITECTURES = ["x86_64", "aarch64", "ppc64le", "s390x"] as const;
export type Arch = (typeof ARCHITECTURES)[number];

/** A worker, target, place or form of one platform, as settings, jobs and ledger have it. */
export interface Named {
  readonly platform: string;
}

/** Something that a platform cannot do (yet), refused by name before anything starts. */
export class UnsupportedError extends UserError {
  override readonly name = "UnsupportedError";

  constructor(
    readonly platform: string,
    readonly feature: string,
  ) {
    super(`platform "${platform}" has no ${feature}`);
  }
}

/** Makes the compiler check that a switch names every member of a union. */
export function assertNever(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`);
}
