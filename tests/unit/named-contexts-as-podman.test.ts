/**
 * Held against the podman of this machine: which images it asks a registry for where names stand for folders and images of
 * source.contexts, some of them names of stages or of images too. Another `SEED` makes other Containerfiles.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readContainerfile, type ContainerfileNeeds } from "../../model/source/containerfile";
import { asked, askedRegistry } from "../../model/source/testing/asked-registry";
import { generateContainerfile, type Generated } from "../../model/source/testing/generate-containerfile";
import { newerTake } from "../../model/source/testing/newer-podman";
import { podmanStore } from "../../model/source/testing/podman-store";
import { FILES } from "../../model/source/testing/tiny-image";

/** Each is a podman of its own: the service of 4.3 takes no contexts. */
const CASES = 12;
const ARCH = process.arch === "arm64" ? "aarch64" : "x86_64";
const FOLDER = { kind: "folder" } as const;
const SEED = Number(process.env["SEED"] ?? 1);

type Contexts = NonNullable<Parameters<typeof readContainerfile>[5]>;

function read({ text, buildArgs, target }: Generated, contexts: Contexts): ContainerfileNeeds | string {
  try {
    return readContainerfile(text, ARCH, buildArgs, target, [], contexts);
  } catch (error) {
    return (error as Error).message;
  }
}

async function writeFiles(folder: string): Promise<void> {
  for (const { path, content, mode } of FILES) {
    if (path.endsWith("/")) await mkdir(join(folder, path), { recursive: true });
    else await writeFile(join(folder, path), content ?? "", { mode });
  }
}

test(
  `${CASES} Containerfiles take from named contexts what podman takes, seed ${SEED}`,
  { timeout: 900_000 },
  async () => {
    const registry = await askedRegistry();
    const podman = await podmanStore();
    const { host, digest } = registry;
    const folder = join(podman.folder, "files");
    await mkdir(folder);
    await writeFiles(folder);
    const image = (name: string) => ({ kind: "image", reference: `${host}/context/${name}:1` }) as const;
    // `base` and `Tools` are names of stages, too.
    const contexts: Contexts = {
      ...{ files: FOLDER, Tools: FOLDER, image: image("image"), base: image("base") },
      [`${host}/a:1`]: image("a"),
    };
    const names = ["files", "Tools", "image", "base", `${host}/a:1`] as const;
    const flags = Object.entries(contexts).flatMap(([name, one]) => [
      "--build-context",
      `${name}=${one.kind === "folder" ? folder : `container-image://${one.reference}`}`,
    ]);
    const how = ["--quiet", "--isolation", "chroot", "--layers=false", "--pull=always", "--tls-verify=false"];
    const differences: string[] = [];
    let [built, refused] = [0, 0];
    try {
      for (let number = 0; number < CASES; number++) {
        const made = generateContainerfile(SEED * CASES + number, { registry: host, digest, contexts: names });
        const ours = read(made, contexts);
        const args = { ...(typeof ours === "string" ? {} : ours.builderArgs), ...made.buildArgs };
        await writeFile(join(folder, "Containerfile"), made.text);
        const given = Object.entries(args).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
        const target = made.target === undefined ? [] : ["--target", made.target];
        const problem = await podman.run(["build", ...how, ...flags, ...given, ...target, folder]);
        const theirs = registry.taken().sort().join();
        if (problem === undefined) built++;
        if (typeof ours === "string") {
          if (problem === undefined) refused++;
          continue;
        }
        const wanted = [...new Set(ours.images.map(({ reference }) => asked(reference)))].sort().join();
        const said = problem === undefined ? `podman asks for ${theirs}; we say ${wanted}` : problem;
        const isSame = problem === undefined ? wanted === theirs : newerTake(problem, made);
        if (!isSame)
          differences.push(`case ${number}: ${said}\n${made.text}${JSON.stringify(args)} ${made.target ?? ""}`);
      }
    } finally {
      await podman.remove();
      await registry.stop();
    }
    console.log(`seed ${SEED}: ${built} of ${CASES} are built, ${refused} of those we refuse`);
    expect(differences.join("\n\n")).toBe("");
    expect(built).toBeGreaterThan(CASES / 4);
    expect(refused).toBeLessThan(CASES / 4);
  },
);
