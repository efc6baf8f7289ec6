/** What a promoting stack uses, asked through the Pulumi CLI: from a provider there is no other way to another stack's outputs. */
import { z } from "zod";
import type { ImagesByPlace } from "./holds";
import type { Run } from "./process";

/** A generation as the outputs of a promoting stack name it. */
export interface UsedGeneration {
  readonly id: string;
  readonly published: ImagesByPlace;
}

/** @param reader `ORGANIZATION/PROJECT/NAME` @throws Error that says why it can't be read */
export type AskReader = (reader: string, stop: AbortSignal) => Promise<readonly UsedGeneration[]>;

const older = z.looseObject({ generation: z.string(), imageId: z.string(), publishedIn: z.string() });

const outputsSchema = z.looseObject({
  generations: z
    .array(
      z.looseObject({
        id: z.string(),
        published: z.record(z.string(), z.string()),
        behind: z.array(z.looseObject({ older: older.exactOptional() })).exactOptional(),
      }),
    )
    .exactOptional(),
});

type Generation = NonNullable<z.infer<typeof outputsSchema>["generations"]>[number];

/** A generation, and what paused places have of older ones meanwhile. */
function used(generation: Generation): readonly UsedGeneration[] {
  const others = (generation.behind ?? []).flatMap(({ older }): UsedGeneration[] =>
    older === undefined ? [] : [{ id: older.generation, published: { [older.publishedIn]: older.imageId } }],
  );
  return [generation, ...others];
}

export interface CliOfProject {
  readonly run: Run;
  /** Of the project: where the backend is read from. */
  readonly env: NodeJS.ProcessEnv;
  readonly now: () => number;
}

/** Until asking a reader has failed. */
const ANSWER_MS = 60_000;
/** How long an answer is shared: many images are deleted at once, and each of them asks. */
const SHARED_MS = 5_000;

export function askByCli({ run, env, now }: CliOfProject): AskReader {
  const answers = new Map<string, { readonly at: number; readonly used: Promise<readonly UsedGeneration[]> }>();
  return (reader, stop) => {
    const known = answers.get(reader);
    if (known !== undefined && now() - known.at < SHARED_MS) return known.used;
    const used = ask(reader, stop);
    answers.set(reader, { at: now(), used });
    return used;
  };

  async function ask(reader: string, stop: AbortSignal): Promise<readonly UsedGeneration[]> {
    const late = AbortSignal.timeout(ANSWER_MS);
    const result = await run("pulumi", ["stack", "output", "--json", "--stack", reader, "--non-interactive"], {
      env,
      stops: [late, stop].map((when) => ({ when, graceSeconds: 1 })),
    });
    if (late.aborted) throw new Error(`no answer in ${String(ANSWER_MS / 1000)} seconds`);
    if (result.code !== 0) {
      throw new Error(
        result.stderr.trim().replace(/^error: /, "") ||
          `"pulumi stack output" ended with exit code ${String(result.code)}`,
      );
    }
    const parsed = outputsSchema.safeParse(json(result.stdout));
    if (!parsed.success) throw new Error(`its output "generations" is damaged: ${z.prettifyError(parsed.error)}`);
    return (parsed.data.generations ?? []).flatMap(used);
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`it printed no JSON: ${text.slice(0, 80)}`, { cause });
  }
}
