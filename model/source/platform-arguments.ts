/** Arguments that say which machine a build is for (docs.docker.com, "Automatic platform ARGs in the global scope"). */
import { ARCHITECTURES, type Arch } from "../../infra/words";

/** An architecture as images and their builders name it. */
export function imageArchitecture(arch: Arch): string {
  switch (arch) {
    case "x86_64":
      return "amd64";
    case "aarch64":
      return "arm64";
    case "ppc64le":
    case "s390x":
      return arch;
  }
}

/** The other way round; undefined for one that nothing is built for. */
export function architectureOf(name: string): Arch | undefined {
  return ARCHITECTURES.find((arch) => imageArchitecture(arch) === name);
}

/** A worker builds for its own kind: BUILD... and TARGET... are the same. */
export function platformArguments(arch: Arch): Readonly<Record<string, string>> {
  const architecture = imageArchitecture(arch);
  const values = { PLATFORM: `linux/${architecture}`, OS: "linux", ARCH: architecture, VARIANT: "" };
  const named = (prefix: string) => Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value] as const);
  return Object.fromEntries([...named("BUILD"), ...named("TARGET")]);
}
