/** What the settings say of time: when things are due follows from it, the ledgers and the clock. */
import { messageOf } from "../../contract/message-of";
import type { LedgerEntry } from "../../model/plan";
import { readSettings, type BuildSettings, type PromoteSettings, type RawSettings } from "../../model/settings";
import { readOutputs, readRawSettings, type Pulumi } from "../outputs/read";
import type { Known } from "./kept";

export type BuildTimes = Pick<BuildSettings, "keepGenerations" | "rebuildAfterDays" | "targets" | "tempers">;
export type PromoteTimes = Pick<PromoteSettings, "promote" | "keepGenerations">;

/** The stack that builds. */
export interface Building {
  readonly stack: string;
  readonly generations: Known<readonly LedgerEntry[]>;
  readonly settings: Known<BuildTimes>;
}

/** One that promotes from it. */
export interface Promoting {
  readonly stack: string;
  /** In use, then those used before; a stack that can't be read may use any. */
  readonly used: Known<readonly LedgerEntry[]>;
  readonly settings: Known<PromoteTimes>;
}

export interface Schedule {
  readonly building: Building;
  readonly promoting: readonly Promoting[];
}

/** Settings as they are written, or why they can't be read. */
export type Written = Known<{ readonly raw: RawSettings }>;

export function written(pulumi: Pulumi, stack: string): Written {
  try {
    return { raw: readRawSettings(pulumi, stack) };
  } catch (error) {
    return { problem: `the settings of stack ${stack} can't be read: ${messageOf(error)}` };
  }
}

export function generationsOf(pulumi: Pulumi, stack: string): Known<readonly LedgerEntry[]> {
  try {
    return readOutputs(pulumi, stack).generations;
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

export function buildTimes(stack: string, raw: Written): Known<BuildTimes> {
  const settings = parsed(stack, raw);
  if ("problem" in settings || settings.mode === "build") return settings;
  return { problem: `stack ${stack} promotes, and does not build` };
}

export function promoteTimes(stack: string, raw: Written): Known<PromoteTimes> {
  const settings = parsed(stack, raw);
  if ("problem" in settings || settings.mode === "promote") return settings;
  return { problem: `stack ${stack} builds, and does not promote` };
}

/** That a pause has passed is what a report is to say. */
const LONG_AGO = new Date(0);

function parsed(stack: string, read: Written): Known<BuildSettings | PromoteSettings> {
  if ("problem" in read) return read;
  try {
    return readSettings({ source: read.raw, now: LONG_AGO });
  } catch (error) {
    return { problem: `stack ${stack}: ${messageOf(error).replaceAll("\n", " ")}` };
  }
}
