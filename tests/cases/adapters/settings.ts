/** The kinds about settings: a mistake in them or in a file that they name, and what the image builder is called with. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import * as z from "zod";
import { disk as buildDisk } from "../../../agent/steps/disk";
import { identify, type Sources } from "../../../model/source";
import { workerJob } from "../../../stacks/images/job";
import { setPath, type Json, type Run } from "../case";
import { messageSchema, outcome, refusalProblems, type Outcome } from "../messages";
import { withWorker } from "../worker";
import { anyRegistry, buildSettings, isMistake } from "./sources";

const settingsSchema = z.strictObject({
  set: z.record(z.string(), z.unknown()).default({}),
  right: z.enum(["taken", "refused", "either"]).default("refused"),
  refused: messageSchema.default({}),
});

export async function settings(run: Run): Promise<string[]> {
  const { set, right, refused } = run.expected(settingsSchema);
  const came = await preview(run, set);
  if (right === "taken") return "refused" in came ? [`wanted them taken, came: ${came.refused}`] : [];
  return right === "either" && !("refused" in came) ? [] : refusalProblems(came, refused);
}

/** What a preview finds; the folder of the settings' source is there with a Containerfile, if the case has none. */
function preview(run: Run, set: Json = {}): Promise<Outcome<Sources>> {
  return outcome(() => {
    const source = run.settings();
    for (const [at, value] of Object.entries(set)) setPath(source, at, value);
    const found = buildSettings(source);
    if (found.source.kind === "context") {
      const folder = path.join(run.folder, found.source.context);
      const file = path.join(folder, found.source.containerfile);
      mkdirSync(folder, { recursive: true });
      if (!existsSync(file)) writeFileSync(file, "FROM registry.example.org/copr/base:44\n");
    }
    return identify(found, run.folder, anyRegistry);
  }, isMistake);
}

const diskSchema = z.strictObject({ mounted: z.string().exactOptional(), arguments: z.array(z.string()) });

export async function disk(run: Run): Promise<string[]> {
  const expected = run.expected(diskSchema);
  const sources = await preview(run);
  if ("refused" in sources) return [`wanted the settings to be taken, came: ${sources.refused}`];
  const found = buildSettings(run.settings());
  const names = {
    key: "ab".repeat(32),
    stack: "devel",
    identity: "abcdefgh2345",
    folder: "abcdefgh2345",
    project: run.folder,
    provenance: { stack: "abcdefgh2345", startedBy: "tests", parameters: {}, dependencies: [] },
  };
  const { builder } = workerJob(found, { ...names, arch: "x86_64", sources: sources.value, forms: [] });
  const source = { kind: "image", reference: `registry.example.org/a@sha256:${"a".repeat(64)}` } as const;
  return withWorker(
    { source, builder },
    () => undefined,
    async ({ job, calls }) => {
      // The builder makes no disk here: what it was called with is all that is asked.
      await buildDisk(job, { id: "image", digest: "sha256:0" }).catch(() => undefined);
      const args = calls.find(([command]) => command === "run") ?? [];
      const shown = args.join(" ");
      const at = args.findIndex((_, index) =>
        expected.arguments.every((wanted, next) => args[index + next] === wanted),
      );
      const lacksMount = expected.mounted !== undefined && !args.some((arg) => arg.includes(`:${expected.mounted}:`));
      return [
        ...(at === -1 ? [`wanted ${expected.arguments.join(" ")} among the arguments, came: ${shown}`] : []),
        ...(lacksMount ? [`wanted ${expected.mounted} to be mounted, came: ${shown}`] : []),
      ];
    },
  );
}
