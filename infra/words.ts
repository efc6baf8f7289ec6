/** The words of the design that are closed sets, and how to be exhaustive about them. */

/** Machine architectures as `uname -m` and RPM name them. */
export const ARCHITECTURES = ["x86_64", "aarch64", "ppc64le", "s390x"] as const;
export type Arch = (typeof ARCHITECTURES)[number];

/** Kinds of place where workers run and images are published. */
export const PLATFORM_NAMES = ["aws", "ibm", "libvirt", "openstack", "ssh"] as const;
export type PlatformName = (typeof PLATFORM_NAMES)[number];

/** Something that a platform cannot do (yet), refused by name before anything starts. */
export class UnsupportedError extends Error {
  constructor(
    readonly platform: PlatformName,
    readonly feature: string,
  ) {
    super(`platform "${platform}" has no ${feature}`);
    this.name = "UnsupportedError";
  }
}

/** Makes the compiler check that a switch names every member of a union. */
export function assertNever(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`);
}
