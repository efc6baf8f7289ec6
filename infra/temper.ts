/**
 * How much a place may hold up: `paused` and `bestEffort`, which any place of any platform may say. They are read here, before
 * the platform sees its target: it need not know of them.
 */
import * as z from "zod";
import { isRecord } from "../contract/is-record";
import { text } from "./fields";

/** The place is left alone until then. */
export interface Pause {
  /** As people say it, UTC: `2026-12-05`, the whole day, or `2026-12-05T06:00:00Z`. */
  readonly until: string;
  readonly reason: string;
}

/** Of a place that says nothing: it is required, and a run fails where it fails. */
export interface Temper {
  readonly paused?: Pause;
  /** A run that can't reach it when it begins goes on without it. */
  readonly bestEffort?: true;
}

/** By target, in the order of its places. */
export type Tempers = Readonly<Record<string, readonly Temper[]>>;

const DAY_MS = 24 * 60 * 60 * 1000;
const REMEDY = "write a day, e.g. 2026-12-05, or a time, 2026-12-05T06:00:00Z";

/** A date without quotes comes out of the engine as Go writes it, and as midnight where it is a day. */
function asWritten(until: string): string {
  const [, day, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) \+0000 UTC$/.exec(until) ?? [];
  if (day === undefined || time === undefined) return until;
  return time === "00:00:00" ? day : `${day}T${time}Z`;
}

/** Without an offset it is UTC. */
function withOffset(until: string): string {
  return /^\d{4}-\d\d-\d\dT[\d:.]+$/.test(until) ? `${until}Z` : until;
}

/** When a pause ends: a day counts to its end. Undefined for what is no date. */
export function pauseEnd(until: string): Date | undefined {
  if (z.iso.date().safeParse(until).success) return new Date(Date.parse(`${until}T00:00:00Z`) + DAY_MS);
  return z.iso.datetime({ offset: true }).safeParse(until).success ? new Date(until) : undefined;
}

const untilSchema = (now: Date) =>
  text(REMEDY)
    .transform((until) => withOffset(asWritten(until.trim())))
    .superRefine((until, context) => {
      const end = pauseEnd(until);
      const problem =
        end === undefined
          ? `${JSON.stringify(until)} is not a date; ${REMEDY}`
          : now.getTime() >= end.getTime()
            ? `${until} is over; take \`paused\` away or give a later date`
            : undefined;
      if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
    });

const temperSchema = (now: Date) =>
  z.strictObject({
    paused: z
      .strictObject({ until: untilSchema(now), reason: text("say why, for whoever reads the report") })
      .exactOptional(),
    bestEffort: z.boolean().exactOptional(),
  });

export function temperOf(now: Date): z.ZodType<Temper> {
  return temperSchema(now).transform(({ paused, bestEffort = false }) => ({
    ...(paused && { paused }),
    ...(bestEffort && { bestEffort: true as const }),
  }));
}

type Steps = readonly (string | number)[];

/** What a target's places say of their temper, each with its path in the target; and the target without. */
export interface Untempered {
  readonly rest: unknown;
  readonly said: readonly { readonly path: Steps; readonly value: object }[];
}

/** @param path where the settings of a target have the place of this index, as its platform says */
export function withoutTempers(target: unknown, path: (index: number) => Steps): Untempered {
  const paths = Array.from({ length: placesIn(target, path(0)) }, (_, index) => path(index));
  const said = paths.map((steps) => ({ path: steps, value: pick(at(target, steps), true) }));
  return { rest: paths.reduce((rest, steps) => change(rest, steps, (place) => pick(place, false)), target), said };
}

/** As many as the list has that they stand in; one where the target is the place. */
function placesIn(target: unknown, first: Steps): number {
  if (first.at(-1) !== 0) return 1;
  const list = at(target, first.slice(0, -1));
  return Array.isArray(list) ? list.length : 0;
}

const KEYS: readonly string[] = ["paused", "bestEffort"] satisfies (keyof Temper)[];

/** A place's own words of its temper, or all others. */
function pick(place: unknown, isTemper: true): object;
function pick(place: unknown, isTemper: boolean): unknown;
function pick(place: unknown, isTemper: boolean): unknown {
  if (!isRecord(place)) return isTemper ? {} : place;
  return Object.fromEntries(Object.entries(place).filter(([key]) => KEYS.includes(key) === isTemper));
}

function at(value: unknown, [step, ...more]: Steps): unknown {
  return step === undefined ? value : at(child(value, step), more);
}

function child(value: unknown, step: string | number): unknown {
  if (Array.isArray(value)) return typeof step === "number" ? (value[step] as unknown) : undefined;
  return isRecord(value) ? value[step] : undefined;
}

function change(value: unknown, [step, ...more]: Steps, to: (value: unknown) => unknown): unknown {
  if (step === undefined) return to(value);
  if (Array.isArray(value)) return value.map((one: unknown, index) => (index === step ? change(one, more, to) : one));
  return isRecord(value) ? { ...value, [step]: change(value[step], more, to) } : value;
}
