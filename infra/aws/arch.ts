/** What EC2 calls architectures, and which of ours it has. */
import type { Arch } from "../words";

export const AWS_ARCHITECTURES = ["x86_64", "aarch64"] as const satisfies readonly Arch[];
export type AwsArch = (typeof AWS_ARCHITECTURES)[number];

export function isAwsArch(arch: Arch): arch is AwsArch {
  return AWS_ARCHITECTURES.some((known) => known === arch);
}

export function amiArchitecture(arch: AwsArch): "x86_64" | "arm64" {
  return arch === "aarch64" ? "arm64" : "x86_64";
}
