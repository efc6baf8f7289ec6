/**
 * Held against the podman of this machine: which images it asks a registry for, with Containerfiles that nobody wrote. Another
 * `SEED` makes other ones; the one that is printed makes the same again.
 */
import { expect, test } from "vitest";
import { FULL } from "../full";
import { readContainerfile, type ContainerfileNeeds } from "../../model/source/containerfile";
import { asked, askedRegistry, type AskedRegistry } from "../../model/source/testing/asked-registry";
import { generateContainerfile, type Generated } from "../../model/source/testing/generate-containerfile";
import { newerTake } from "../../model/source/testing/newer-podman";
import { podmanService, type PodmanService } from "../../model/source/testing/podman-service";
import { FILES } from "../../model/source/testing/tiny-image";

/** The same ones in each run find what a change breaks; more of them find what nobody thought of. */
const CASES = process.env[FULL] === undefined ? 150 : 500;
/** Each has a registry of its own, so that one knows who asked. */
const AT_ONCE = 3;
const ARCH = process.arch === "arm64" ? "aarch64" : "x86_64";
const SEED = Number(process.env["SEED"] ?? 1);

interface Compared {
  /** Undefined where both say the same. */
  readonly difference?: string;
  readonly built: boolean;
  readonly refused: boolean;
}

function read({ text, buildArgs, target }: Generated): ContainerfileNeeds | string {
  try {
    return readContainerfile(text, ARCH, buildArgs, target);
  } catch (error) {
    return (error as Error).message;
  }
}

async function compare(made: Generated, podman: PodmanService, registry: AskedRegistry): Promise<Compared> {
  const ours = read(made);
  const builderArgs = typeof ours === "string" ? {} : ours.builderArgs;
  const { text: containerfile, buildArgs, ...target } = made;
  const problem = await podman.build({
    ...{ files: FILES, containerfile, buildArgs: { ...builderArgs, ...buildArgs } },
    ...target,
  });
  const theirs = registry.taken().sort();
  const outcome = { built: problem === undefined, refused: typeof ours === "string" };
  if (typeof ours === "string") {
    const hasPlace = /^(line \d+: \S|there is no FROM|source\.target: )/.test(ours);
    return hasPlace ? outcome : { ...outcome, difference: `we refuse without a line: ${ours}` };
  }
  if (problem !== undefined) {
    return newerTake(problem, made) ? outcome : { ...outcome, difference: `podman refuses: ${problem.trim()}` };
  }
  const wanted = [...new Set(ours.images.map(({ reference }) => asked(reference)))].sort();
  return wanted.join() === theirs.join()
    ? outcome
    : { ...outcome, difference: `podman asks for ${theirs.join(", ")}; we say ${wanted.join(", ")}` };
}

const shown = ({ text, buildArgs, target }: Generated): string =>
  `${text}build arguments ${JSON.stringify(buildArgs)}, target ${target ?? "the last stage"}`;

test(`${CASES} Containerfiles ask for what podman asks for, seed ${SEED}`, { timeout: 900_000 }, async () => {
  const registries = await Promise.all(Array.from({ length: AT_ONCE }, () => askedRegistry()));
  const entries = registries.map(({ host }) => `[[registry]]\nlocation = "${host}"\ninsecure = true\n`);
  const podman = await podmanService(entries.join(""));
  const compared: Compared[] = [];
  const differences: string[] = [];
  let next = 0;
  const lane = async (registry: AskedRegistry): Promise<void> => {
    while (next < CASES) {
      const number = next++;
      const made = generateContainerfile(SEED * CASES + number, { registry: registry.host, digest: registry.digest });
      const one = await compare(made, podman, registry);
      compared.push(one);
      if (one.difference !== undefined)
        differences.push(`seed ${SEED}, case ${number}: ${one.difference}\n${shown(made)}`);
    }
  };
  try {
    await Promise.all(registries.map(lane));
  } finally {
    await podman.stop();
    await Promise.all(registries.map((registry) => registry.stop()));
  }
  console.log(`seed ${SEED}: ${compared.filter(({ built }) => built).length} of ${compared.length} are built`);
  expect(differences.join("\n\n")).toBe("");
  expect(compared.length).toBe(CASES);
  // Else all could be the same mistake: most are built, and few of those are refused by us.
  expect(compared.filter(({ built }) => built).length).toBeGreaterThan(CASES / 2);
  expect(compared.filter(({ built, refused }) => built && refused).length).toBeLessThan(CASES / 25);
});
