/** Whether every image is there for every architecture that is wanted: else a worker finds out, minutes later. */
import type { Arch } from "../../infra/words";
import { wantedArchs, type IdentitySettings, type Sources } from "./identity";
import { BUILDER, lineOf } from "./named-in";
import { architectureOf, imageArchitecture } from "./platform-arguments";
import { registryClient, RegistryError, type Registry } from "./registry";

export interface Wanted {
  readonly reference: string;
  /** Where it is named: ` (line 3)`. */
  readonly where: string;
  readonly archs: ReadonlySet<Arch>;
}

/**
 * @returns warnings: images that can't be told about
 * @throws RegistryError with every image that lacks an architecture
 */
export async function checkArchitectures(
  settings: IdentitySettings,
  { needs }: Pick<Sources, "needs">,
  registry: Registry = registryClient(settings),
): Promise<string[]> {
  const wanted = wantedImages(settings, needs);
  const results = await Promise.all(
    wanted.map(async ({ reference, where, archs }) => {
      try {
        return { lacks: lacking(reference, where, archs, await registry.architectures(reference)) };
      } catch (error) {
        // One with a digest need not be asked for anywhere: a registry that isn't there is no mistake.
        return {
          warning: `whether it is there for ${[...archs].join(", ")} can't be told: ${(error as Error).message}`,
        };
      }
    }),
  );
  const lacks = results.flatMap(({ lacks }) => lacks ?? []);
  const [first, ...more] = lacks;
  if (first !== undefined) {
    const rest = more.map(({ reference, problem }) => `\nimage ${reference}: ${problem}`).join("");
    throw new RegistryError(first.reference, first.problem + rest);
  }
  return results.flatMap(({ warning }) => warning ?? []);
}

/** Every image that workers pull, with the architectures that they are of. */
export function wantedImages(settings: IdentitySettings, needs: Sources["needs"]): Wanted[] {
  const { source, disk } = settings;
  const archs = wantedArchs(settings);
  const all = new Map<string, { where: string; archs: Set<Arch> }>();
  const add = (reference: string, where: string, arch: Arch): void => {
    const known = all.get(reference) ?? { where, archs: new Set() };
    known.archs.add(arch);
    all.set(reference, known);
  };
  for (const arch of archs) {
    if (source.kind === "image") add(source.image, " (source.image)", arch);
    for (const image of needs[arch]?.images ?? []) {
      if (image.arch !== undefined && source.kind === "context")
        add(image.reference, ` (${lineOf(source, image.line)})`, image.arch);
    }
    if (!disk.builder.packaged.includes(arch)) add(disk.builder.image, ` (${BUILDER})`, arch);
  }
  return [...all].map(([reference, rest]) => ({ reference, ...rest }));
}

function lacking(
  reference: string,
  where: string,
  archs: ReadonlySet<Arch>,
  there: readonly string[] | undefined,
): { reference: string; problem: string } | undefined {
  if (there === undefined) return undefined;
  const missing = [...archs].filter((arch) => !there.includes(imageArchitecture(arch)));
  if (missing.length === 0) return undefined;
  const known = there.map((name) => architectureOf(name) ?? name).join(", ") || "none";
  return {
    reference,
    problem:
      `is not there for ${missing.join(", ")}${where}, only for ${known}; ` +
      "name an image that has them all, or leave the architecture out of the settings",
  };
}
