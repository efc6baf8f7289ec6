/** The kinds about a folder: what of it a build sees, and what that says of the build key. */
import { execFileSync, spawnSync } from "node:child_process";
import { lstatSync, readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import * as z from "zod";
import { build } from "../../../agent/steps/build";
import { contextFiles, digestContext, packContext, type PackedContext } from "../../../model/source";
import type { Run } from "../case";
import { messageSchema, outcome, refusalProblems, setProblems } from "../messages";
import { withWorker } from "../worker";
import { isMistake } from "./sources";

const source = z.strictObject({ context: z.string().default("."), containerfile: z.string().default("Containerfile") });
const set = z.array(z.string());
const contextSchema = z.strictObject({
  sources: z.array(source),
  right: z.enum(["taken", "refused", "either"]).default("taken"),
  refused: messageSchema.exactOptional(),
  files: set.exactOptional(),
  filesToo: set.default([]),
  sameHash: z.boolean().exactOptional(),
  archiveLacks: set.default([]),
  image: z.record(z.string(), z.string()).exactOptional(),
  umask: z.array(z.string()).default(["022"]),
  then: z
    .array(
      z.strictObject({
        do: z.string(),
        source: z.int().default(0),
        hash: z.enum(["another", "same"]).exactOptional(),
        files: set.exactOptional(),
        filesToo: set.default([]),
      }),
    )
    .default([]),
});
type Context = z.output<typeof contextSchema>;
type Source = z.output<typeof source>;

/** Runs `make.sh` of the case; gives the folder that it made. */
function make(run: Run): string {
  const folder = path.join(run.folder, "made");
  execFileSync("sh", ["make.sh", folder], { cwd: run.folder, stdio: ["ignore", "ignore", "inherit"] });
  return folder;
}

function change(folder: string, command: string): void {
  execFileSync("sh", ["-euc", command], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
}

export async function context(run: Run): Promise<string[]> {
  const expected = run.expected(contextSchema);
  const folder = make(run);
  const came = await outcome(() => look(folder, expected), isMistake);
  if ("value" in came) {
    return expected.right === "refused" ? refusalProblems({ value: "no refusal" }, expected.refused ?? {}) : came.value;
  }
  if (expected.right === "taken") return [`wanted it to be taken, came: ${came.refused}`];
  return refusalProblems(came, expected.refused ?? {});
}

async function look(folder: string, expected: Context): Promise<string[]> {
  const problems: string[] = [];
  const hashes: string[] = [];
  for (const one of expected.sources) {
    problems.push(...(await filesProblems(folder, one, expected)));
    const hash = await hashOf(folder, one);
    hashes.push(hash);
    const archive = path.join(folder, "..", "context.tar");
    const packed = await packContext(path.join(folder, one.context), archive, { hash }, one.containerfile);
    const bytes = readFileSync(archive);
    problems.push(
      ...expected.archiveLacks.filter((text) => bytes.includes(text)).map((text) => `wanted no ${text} in the archive`),
    );
    for (const umask of expected.image ? expected.umask : []) {
      problems.push(...(await imageProblems({ archive, ...packed }, umask, expected.image ?? {})));
    }
  }
  if (expected.sameHash !== undefined && (new Set(hashes).size === 1) !== expected.sameHash) {
    problems.push(`wanted ${expected.sameHash ? "one hash" : "different hashes"}, came: ${hashes.join(", ")}`);
  }
  for (const step of expected.then) {
    const one = expected.sources[step.source];
    if (one === undefined) throw new Error(`there is no source ${step.source}`);
    const before = await hashOf(folder, one);
    change(folder, step.do);
    problems.push(...(await filesProblems(folder, one, step)).map((problem) => `after ${step.do}: ${problem}`));
    const now = (await hashOf(folder, one)) === before ? "same" : "another";
    if (step.hash !== undefined && step.hash !== now)
      problems.push(`after ${step.do}: wanted ${step.hash} hash, came: ${now}`);
  }
  return problems;
}

async function hashOf(folder: string, one: Source): Promise<string> {
  return (await digestContext(path.join(folder, one.context), one.containerfile)).hash;
}

/** Files and links: empty folders are none. */
async function filesOf(folder: string, containerfile: string): Promise<string[]> {
  const members = await contextFiles(folder, containerfile);
  return members.filter(({ kind }) => kind !== "folder").map((file) => file.path);
}

async function filesProblems(
  folder: string,
  one: Source,
  { files, filesToo }: { readonly files?: readonly string[]; readonly filesToo: readonly string[] },
): Promise<string[]> {
  const came = await filesOf(path.join(folder, one.context), one.containerfile);
  const missing = filesToo.filter((file) => !came.includes(file));
  return [
    ...(files === undefined ? [] : setProblems("files", came, files)),
    ...missing.map((file) => `wanted the file ${file} too, came: ${came.join(", ")}`),
  ];
}

/** The worker's own build of the archive, with a base image that is there: none. */
async function imageProblems(
  packed: PackedContext & { readonly archive: string },
  umask: string,
  wanted: Readonly<Record<string, string>>,
): Promise<string[]> {
  const image = `${packed.archive}-image-${umask}`;
  const podman = (args: readonly string[]) => {
    if (args[0] === "image") return { code: 125 };
    const file = args[args.indexOf("-f") + 1] ?? "";
    if (args[0] !== "build" || args.includes("--label")) return undefined;
    writeFileSync(file, readFileSync(file, "utf8").replace(/^FROM \S+/gm, "FROM scratch"));
    const { status, stderr } = spawnSync("podman", ["build", "-q", "-f", file, "-o", image, args.at(-1) ?? ""], {
      encoding: "utf8",
    });
    return { code: status ?? 1, lines: stderr.trim().split("\n") };
  };
  const before = process.umask(parseInt(umask, 8));
  try {
    const taken = { kind: "context", ...packed, buildArgs: {}, pins: {} } as const;
    // The layer with the key needs the image in podman's storage: it isn't there, and that is where this build ends.
    const error = await withWorker({ source: taken }, podman, ({ job }) =>
      build(job).then(
        () => "",
        (reason: unknown) => String(reason),
      ),
    );
    if (!error.includes("does not know it")) return [`umask ${umask}: wanted it to build, came: ${error}`];
  } finally {
    process.umask(before);
  }
  return Object.entries(wanted).flatMap(([name, mode]) => {
    const stats = lstatSync(path.join(image, name), { throwIfNoEntry: false });
    const came = stats === undefined ? "nothing" : (stats.mode & 0o7777).toString(8);
    return came === mode.replace(/^0+/, "") ? [] : [`umask ${umask}: wanted ${name} with mode ${mode}, came: ${came}`];
  });
}

const ignoreSchema = z.strictObject({
  source: source.default({ context: ".", containerfile: "Containerfile" }),
  seen: set.exactOptional(),
  refused: messageSchema.exactOptional(),
  then: z
    .array(z.strictObject({ do: z.string(), seen: set.exactOptional(), refused: messageSchema.exactOptional() }))
    .default([]),
});

export async function ignore(run: Run): Promise<string[]> {
  const expected = run.expected(ignoreSchema);
  const folder = make(run);
  const { containerfile } = expected.source;
  const seen = () =>
    outcome(async () => {
      const files = await filesOf(path.join(folder, expected.source.context), containerfile);
      return files.filter(
        (file) =>
          file !== containerfile && !/(^|\/)(Containerfile|Dockerfile)[^/]*$|\.(docker|container)ignore$/.test(file),
      );
    }, isMistake);
  const problems: string[] = [];
  const check = async (
    what: string,
    wanted: { seen?: string[]; refused?: z.output<typeof messageSchema> },
  ): Promise<void> => {
    const came = await seen();
    if (wanted.refused) problems.push(...refusalProblems(came, wanted.refused).map((problem) => what + problem));
    if (!wanted.seen) return;
    if ("refused" in came) problems.push(`${what}wanted ${wanted.seen.join(", ")}, came: ${came.refused}`);
    else problems.push(...setProblems("files", came.value, wanted.seen).map((problem) => what + problem));
  };
  await check("", expected);
  for (const step of expected.then) {
    change(folder, step.do);
    await check(`after ${step.do}: `, step);
  }
  return problems;
}
