/** What the operator's side says of where a disk comes from: asked for when a worker may start. */
import * as path from "node:path";
import type { Descriptor, ProvenanceOrder } from "../../contract/provenance";
import type { Arch } from "../../infra/words";
import { commitOf, type Sources } from "../../model/source";

export interface ProvenanceArgs {
  readonly arch: Arch;
  readonly sources: Sources;
  /** Folder that relative paths of the settings start at. */
  readonly project: string;
  /** Identity of the stack. */
  readonly identity: string;
  readonly startedBy: string;
}

export async function provenanceOrder(args: ProvenanceArgs): Promise<ProvenanceOrder> {
  const { arch, sources, project, identity, startedBy } = args;
  const { source, from, recipe } = sources.identity;
  const commit = source.kind === "context" ? await sourceOf(path.resolve(project, source.context)) : [];
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

/** Of the folder with the Containerfile. */
async function sourceOf(folder: string): Promise<Descriptor[]> {
  const found = await commitOf(folder);
  if (found === undefined) return [];
  const { repository, commit, clean } = found;
  const uri = repository === undefined ? {} : { uri: `git+${repository}` };
  return [{ name: "source", ...uri, digest: { gitCommit: commit }, annotations: { clean } }];
}
