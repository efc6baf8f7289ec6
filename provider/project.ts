/** Where the project is: the folder whose Pulumi.yaml bears a name, looked for upwards from some places. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

const projectSchema = z.object({
  name: z.string(),
  backend: z.object({ url: z.string().optional() }).optional(),
  stackConfigDir: z.string().optional(),
});
export interface Project extends z.infer<typeof projectSchema> {
  readonly root: string;
}

/** The Pulumi.yaml in this very folder. */
export function readProject(folder: string): Project | undefined {
  const file = join(folder, "Pulumi.yaml");
  if (!existsSync(file)) return undefined;
  const parsed = projectSchema.safeParse(parse(readFileSync(file, "utf8")));
  if (!parsed.success) throw new Error(`${file} is no Pulumi project: ${z.prettifyError(parsed.error)}`);
  return { ...parsed.data, root: resolve(folder) };
}

/** The nearest project of that name in one of the folders or above it. */
export function findProject(name: string, from: readonly string[]): Project | undefined {
  for (const start of from) {
    for (let folder = resolve(start); ; folder = dirname(folder)) {
      const project = readProject(folder);
      if (project?.name === name) return project;
      if (dirname(folder) === folder) break;
    }
  }
  return undefined;
}

/** Root of this repository, which relative paths in settings start from: the folder that holds this provider. */
export function repositoryRoot(): string {
  return dirname(__dirname);
}
