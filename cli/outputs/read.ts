/** A stack's outputs as a reader gets them: asked of pulumi, checked, typed. */
import { messageOf } from "../../contract/message-of";
import { spawnSync } from "node:child_process";
import * as path from "node:path";
import * as z from "zod";
import { outputsSchema, type StackOutputs } from "../../model/outputs/schema";
import { decodeSettings, stackFile, type RawSettings } from "../../model/settings";
import { parseLedger } from "../../model/plan/ledger";

const PROJECT = path.join(__dirname, "..", "..");

/** Runs pulumi in this project. @returns what it printed. @throws Error with what it said on stderr */
export type Pulumi = (...args: readonly string[]) => string;

/** The outputs are not there, or not to be understood; the message says what to do. */
export class OutputsError extends Error {
  override readonly name = "OutputsError";
}

/** @throws OutputsError if there are none yet or they can't be read */
export function readOutputs(pulumi: Pulumi, stack: string): StackOutputs {
  let raw: unknown;
  try {
    raw = JSON.parse(pulumi("stack", "output", "--json", "--stack", stack));
  } catch (cause) {
    throw new OutputsError(`the outputs of stack "${stack}" can't be read: ${messageOf(cause)}`, { cause });
  }
  return parseOutputs(raw, stack);
}

/** @throws OutputsError if there are none yet, LedgerError if another version wrote them */
export function parseOutputs(raw: unknown, stack: string): StackOutputs {
  if (isEmpty(raw)) {
    throw new OutputsError(
      `stack "${stack}" has no outputs yet: no run of it has succeeded; run "pulumi up --stack ${stack}" first`,
    );
  }
  const ledger = (raw as { readonly generations?: unknown }).generations;
  // Says more about a ledger that is not understood than the schema can.
  const generations = parseLedger(ledger);
  const result = outputsSchema.safeParse(raw);
  if (!result.success) {
    const problems = result.error.issues.map(({ path, message }) => `  ${path.join(".")}: ${message}`);
    throw new OutputsError([`the outputs of stack "${stack}" are not those of this program:`, ...problems].join("\n"));
  }
  if (generations.length === 0) {
    throw new OutputsError(`stack "${stack}" has no generation yet; run "pulumi up --stack ${stack}" first`);
  }
  return { ...result.data, generations };
}

/** The settings of a stack as they are written: nothing is decrypted, and the place of a secret is known alone. */
export function readRawSettings(pulumi: Pulumi, stack: string): RawSettings {
  const shape = z.record(z.string(), z.object({ value: z.string().optional(), secret: z.boolean().optional() }));
  const config = shape.parse(JSON.parse(pulumi("config", "--json", "--stack", stack)));
  const values = Object.entries(config).flatMap(([key, { value }]) =>
    value === undefined ? [] : [[key, value] as const],
  );
  const keys = Object.keys(config).filter((key) => config[key]?.secret);
  const file = keys.length === 0 ? undefined : stackFile(PROJECT, stack);
  return decodeSettings(Object.fromEntries(values), { keys, ...(file === undefined ? {} : { file }) });
}

/** The pulumi on PATH. */
export const pulumiOnPath: Pulumi = (...args) => {
  const { status, stdout, stderr, error } = spawnSync("pulumi", [...args, "--non-interactive"], {
    cwd: PROJECT,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    timeout: 120_000,
  });
  if ((error as NodeJS.ErrnoException | undefined)?.code === "ENOENT") {
    throw new Error('there is no pulumi on PATH; for the local stack, "source .local/env.sh" first', { cause: error });
  }
  if (error) throw error;
  if (status !== 0) throw new Error(stderr.trim() || `pulumi ${args.join(" ")} ended with ${status}`);
  return stdout;
};

function isEmpty(raw: unknown): boolean {
  return raw === null || raw === undefined || (typeof raw === "object" && Object.keys(raw).length === 0);
}
