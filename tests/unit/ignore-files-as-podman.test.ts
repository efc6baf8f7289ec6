/**
 * Held against the podman of this machine: which files of a folder `COPY . /` takes, with ignore files that nobody wrote. Another
 * `SEED` makes other ones; the one that is printed makes the same again.
 */
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { FULL } from "../full";
import { temporaryFolder } from "../../contract/testing/temporary-folder";
import { contextFiles } from "../../model/source";
import { generateIgnoreFile, type GeneratedIgnore } from "../../model/source/testing/generate-ignore-file";
import { podmanStore, type PodmanStore } from "../../model/source/testing/podman-store";

/** The same ones in each run find what a change breaks; more of them find what nobody thought of. */
const CASES = process.env[FULL] === undefined ? 100 : 300;
const AT_ONCE = 3;
const SEED = Number(process.env["SEED"] ?? 1);
const CONTAINERFILE = "Containerfile";

interface Compared {
  /** Undefined where both say the same. */
  readonly difference?: string;
  readonly built: boolean;
  readonly refused: boolean;
}

async function make(folder: string, { name, text, files }: GeneratedIgnore): Promise<void> {
  const all = [...files.map((file) => [file, "x"] as const), [name, text], [CONTAINERFILE, "FROM scratch\nCOPY . /\n"]];
  for (const [file = "", content = ""] of all) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), content);
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  return files.map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

async function ours(folder: string): Promise<string[] | string> {
  try {
    return (await contextFiles(folder)).filter(({ kind }) => kind !== "folder").map((file) => file.path);
  } catch (error) {
    return (error as Error).message;
  }
}

async function compare(made: GeneratedIgnore, podman: PodmanStore, folder: string): Promise<Compared> {
  const output = `${folder}.output`;
  await make(folder, made);
  await mkdir(output);
  const file = join(folder, CONTAINERFILE);
  const how = ["--quiet", "--isolation", "chroot", "--layers=false", "--output", `type=local,dest=${output}`];
  const problem = await podman.run(["build", ...how, "-f", file, folder]);
  const taken = await ours(folder);
  const theirs = await filesIn(output);
  await Promise.all([folder, output].map((one) => rm(one, { recursive: true })));
  const outcome = { built: problem === undefined, refused: typeof taken === "string" };
  if (typeof taken === "string")
    return /: line \d+: /.test(taken) ? outcome : { ...outcome, difference: `we refuse without a line: ${taken}` };
  if (problem !== undefined) return { ...outcome, difference: problem };
  // Both go to the worker, whatever is ignored: podman reads them there.
  const seen = (files: readonly string[]) => files.filter((one) => one !== CONTAINERFILE && one !== made.name).sort();
  const [wanted, came] = [seen(theirs), seen(taken)];
  return wanted.join("\n") === came.join("\n")
    ? outcome
    : { ...outcome, difference: `podman takes ${JSON.stringify(wanted)}, we ${JSON.stringify(came)}` };
}

test(`${CASES} ignore files leave what podman takes, seed ${SEED}`, { timeout: 900_000 }, async () => {
  const podman = await podmanStore();
  const folder = await temporaryFolder();
  const compared: Compared[] = [];
  const differences: string[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < CASES) {
      const number = next++;
      const made = generateIgnoreFile(SEED * CASES + number);
      const one = await compare(made, podman, join(folder, String(number)));
      compared.push(one);
      if (one.difference !== undefined)
        differences.push(`seed ${SEED}, case ${number}: ${one.difference}\n${made.name}: ${JSON.stringify(made.text)}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  } finally {
    await podman.remove();
  }
  console.log(`seed ${SEED}: ${compared.filter(({ built }) => built).length} of ${compared.length} are built`);
  expect(differences.join("\n\n")).toBe("");
  expect(compared.length).toBe(CASES);
  // Else all could be the same mistake: most are built, and few of those are refused by us.
  expect(compared.filter(({ built }) => built).length).toBeGreaterThan(CASES / 2);
  expect(compared.filter(({ built, refused }) => built && refused).length).toBeLessThan(CASES / 10);
});
