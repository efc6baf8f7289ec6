/** What the operator's side says of where a disk comes from: asked for when a worker may start. */
import * as path from "node:path";
import type { Descriptor, ProvenanceOrder } from "../../contract/provenance";
import type { Arch } from "../../infra/words";
import type { Sources } from "../../model/source";
import { run, type Run } from "../../provider/process";

export interface ProvenanceArgs {
  readonly arch: Arch;
  readonly sources: Sources;
  /** Folder that relative paths of the settings start at. */
  readonly project: string;
  /** Identity of the stack. */
  readonly identity: string;
  readonly startedBy: string;
}

export async function provenanceOrder(args: ProvenanceArgs, git: Run = run): Promise<ProvenanceOrder> {
  const { arch, sources, project, identity, startedBy } = args;
  const { source, from, recipe } = sources.identity;
  const commit = source.kind === "context" ? await commitOf(path.resolve(project, source.context), git) : [];
  const wanted = (sources.needs[arch]?.images ?? []).map(({ reference }) => reference);
  const images = source.kind === "image" ? { [source.reference]: source.digest } : from;
  const bases = Object.entries(images).filter(([name]) => source.kind === "image" || wanted.includes(name));
  return {
    stack: identity,
    startedBy,
    parameters: {
      source: { ...source },
      disk: { rootfs: recipe.rootfs, args: recipe.args, ...(recipe.kind === undefined ? {} : { kind: recipe.kind }) },
    },
    dependencies: [
      ...commit,
      ...bases.map(([reference, digest]) => image(reference, digest)),
      image(recipe.builder.reference, recipe.builder.digest, "image builder"),
    ],
  };
}

function image(reference: string, digest: string, name?: string): Descriptor {
  const [algorithm = "sha256", hex = ""] = digest.split(":");
  return { uri: `docker://${reference}`, digest: { [algorithm]: hex }, ...(name === undefined ? {} : { name }) };
}

/** Of the folder with the Containerfile; none where it is in no git repository, or git is not there to ask. */
async function commitOf(folder: string, git: Run): Promise<Descriptor[]> {
  const ask = (...args: string[]): Promise<string | undefined> =>
    git("git", ["-C", folder, ...args]).then(
      ({ code, stdout }) => (code === 0 ? stdout.trim() : undefined),
      () => undefined,
    );
  const [head, changed, remote] = await Promise.all([
    ask("rev-parse", "HEAD"),
    ask("status", "--porcelain", "--", "."),
    ask("remote", "get-url", "origin"),
  ]);
  if (head === undefined || !/^[0-9a-f]{40,64}$/.test(head)) return [];
  const uri = remote === undefined ? undefined : `git+${withoutLogin(remote)}`;
  return [
    {
      name: "source",
      ...(uri === undefined ? {} : { uri }),
      digest: { gitCommit: head },
      // Files of the folder that are not as they are in that commit.
      annotations: { clean: changed === "" },
    },
  ];
}

/** What is before the `@` of an address may be a token. */
const withoutLogin = (address: string): string => address.replace(/^(\w+:\/\/)[^/@]*@/, "$1");
