/** What an earlier version of this program counted though no byte depends on it: no reason to build. */
import { contextInputs } from "./build-key";
import { canonicalJson } from "./canonical";
import type { Identity } from "./types";

/**
 * The same Containerfile and the same folder ask for the same images. Entries that only the older identity has are images
 * of stages that nothing uses, and arguments that no ARG takes: with them the build key stays what it was.
 *
 * @param taken names of the arguments that an ARG takes; one that was given before and is not now is a change
 */
export function asBefore(now: Identity, before: Identity | undefined, taken: (name: string) => boolean): Identity {
  if (before?.source.kind !== "context" || now.source.kind !== "context") return now;
  const [source, old] = [now.source, before.source];
  const same = source.hash === old.hash && source.containerfile === old.containerfile && source.target === old.target;
  if (canonicalJson({ ...source.options }) !== canonicalJson({ ...old.options })) return now;
  if (canonicalJson(contextInputs(source.contexts ?? {})) !== canonicalJson(contextInputs(old.contexts ?? {})))
    return now;
  if (!same || !contains(before.from, now.from) || !contains(old.buildArgs, source.buildArgs)) return now;
  const lost = Object.keys(old.buildArgs).filter((name) => source.buildArgs[name] === undefined);
  if (lost.some(taken)) return now;
  return { ...now, from: before.from, source: { ...source, buildArgs: old.buildArgs } };
}

function contains(whole: Readonly<Record<string, string>>, part: Readonly<Record<string, string>>): boolean {
  return Object.entries(part).every(([name, value]) => whole[name] === value);
}
