/** Asks what is missing before anything is made, and goes on without best-effort places that lack something. */
import * as pulumi from "@pulumi/pulumi";
import { findingText, preflight, PreflightError, sortFindings } from "../../components/preflight";
import { byTemper } from "../../components/preflight-tempers";
import type { Unreached } from "../../model/plan";
import type { BuildSettings } from "../../model/settings";
import { announcePaused } from "./announce";
import type { RealPlan } from "./plan";

export interface Beforehand {
  readonly settings: BuildSettings;
  /** Of this stack. */
  readonly identity: string | undefined;
  /** The plan of this run, without these places. */
  readonly without: (unreached: Unreached) => Promise<RealPlan>;
}

/** @throws PreflightError with everything that is missing, before anything is made */
export async function checkBeforehand(
  looked: RealPlan,
  { settings, identity, without }: Beforehand,
): Promise<RealPlan> {
  const { paused = [], down = [] } = looked.planned;
  const { missing, notes } = sortFindings(await preflight(settings, pulumi.getStack(), identity, [...paused, ...down]));
  for (const note of notes) await pulumi.log.warn(findingText(note));
  const { needed, spared } = byTemper(missing, settings);
  if (needed.length > 0) throw new PreflightError(needed);
  if (spared.size === 0) return looked;
  const rest = await without(new Map([...looked.unreached, ...spared]));
  await announcePaused(rest.planned);
  if (rest.findings.length > 0) throw new PreflightError(rest.findings);
  return rest;
}
