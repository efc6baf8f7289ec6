/** What this machine knows of a snapshot that it has begun: outlives a kill at any instant, gone when the work is done. */
import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { privateFolder } from "../../../../provider/private-folder";

const begunSchema = z.object({ name: z.string(), region: z.string(), snapshotId: z.string() });
export type Begun = z.infer<typeof begunSchema>;

/** One folder for each resource. */
export function begunFolder(urn: string, cache: string): string {
  return join(cache, "copr-builders", "ebs", createHash("sha256").update(urn).digest("hex").slice(0, 32));
}

export async function readBegun(folder: string): Promise<Begun | undefined> {
  const text = await readFile(join(folder, "begun.json"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return begunSchema.safeParse(JSON.parse(text)).data;
  } catch {
    // Half written when it was cut: the snapshot is found again by its name.
    return undefined;
  }
}

export async function writeBegun(folder: string, begun: Begun): Promise<void> {
  privateFolder(folder);
  await writeFile(join(folder, "begun.json"), JSON.stringify(begun), { mode: 0o600 });
}

export async function forgetBegun(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
