/** Why there is a new generation, in sentences that name what changed. */
import type { Arch } from "../../infra/words";
import { contextInputs } from "./build-key";
import { canonicalJson } from "./canonical";
import { shortDigest } from "./names";
import type { Identity, Pinned, SourceIdentity } from "./types";

/** What differs between two identities that matters for a disk; empty if nothing does. */
export function identityReasons(before: Identity, now: Identity): string[] {
  return [
    ...(before.keyVersion === now.keyVersion
      ? []
      : [`build keys are made differently (version ${before.keyVersion} before, ${now.keyVersion} now)`]),
    ...sourceReasons(before.source, now.source),
    ...fromReasons(before.from, now.from),
    ...recipeReasons(before.recipe, now.recipe),
  ];
}

export function archReasons(before: readonly Arch[], now: readonly Arch[]): string[] {
  return [
    ...now.filter((arch) => !before.includes(arch)).map((arch) => `architecture ${arch} added`),
    ...before.filter((arch) => !now.includes(arch)).map((arch) => `architecture ${arch} removed`),
  ];
}

function sourceReasons(before: SourceIdentity, now: SourceIdentity): string[] {
  if (before.kind === "image" && now.kind === "image") return movedReasons("image", before, now);
  if (before.kind === "image" || now.kind === "image") {
    return [`source changed from ${describe(before)} to ${describe(now)}`];
  }
  const reasons = before.hash === now.hash ? [] : [`context ${now.context} changed`];
  if (before.containerfile !== now.containerfile) {
    reasons.push(`Containerfile changed from ${before.containerfile} to ${now.containerfile}`);
  }
  if (before.target !== now.target) {
    reasons.push(`target changed from ${before.target ?? "the last stage"} to ${now.target ?? "the last stage"}`);
  }
  const options = ({ options = {} }: typeof now) =>
    Object.fromEntries(Object.entries(options).map(([name, value]) => [name, [value].flat().join(" ")]));
  reasons.push(...mapReasons("build option", options(before), options(now)));
  reasons.push(...mapReasons("named context", contextInputs(before.contexts ?? {}), contextInputs(now.contexts ?? {})));
  return [...reasons, ...mapReasons("build argument", before.buildArgs, now.buildArgs)];
}

function describe(source: SourceIdentity): string {
  return source.kind === "image" ? `image ${source.reference}` : `context ${source.context}`;
}

function fromReasons(before: Identity["from"], now: Identity["from"]): string[] {
  return mapReasons("FROM", before, now, shortDigest, "moved");
}

function recipeReasons(before: Identity["recipe"], now: Identity["recipe"]): string[] {
  const reasons = movedReasons("image builder", before.builder, now.builder);
  if (before.kind !== now.kind) reasons.push(`the image builder is called as ${now.kind ?? "bootc-image-builder"} is`);
  const packages = ({ packaged = [] }: typeof now) => (packaged.length === 0 ? "no architecture" : packaged.join(", "));
  if (packages(before) !== packages(now))
    reasons.push(`the image builder is a package on ${packages(now)}, where it was on ${packages(before)}`);
  if (before.rootfs !== now.rootfs) reasons.push(`root file system changed from ${before.rootfs} to ${now.rootfs}`);
  if (canonicalJson(before.args) !== canonicalJson(now.args)) {
    reasons.push(`image builder's arguments changed from "${before.args.join(" ")}" to "${now.args.join(" ")}"`);
  }
  if (before.config !== now.config) reasons.push("image builder's configuration changed");
  return reasons;
}

/** A pinned name counts by its digest: another name for the same bytes is no reason. */
function movedReasons(what: string, before: Pinned, now: Pinned): string[] {
  if (before.digest === now.digest) return [];
  const [from, to] = [shortDigest(before.digest), shortDigest(now.digest)];
  return before.reference === now.reference
    ? [`${what} ${now.reference} moved from ${from} to ${to}`]
    : [`${what} changed from ${before.reference} (${from}) to ${now.reference} (${to})`];
}

function mapReasons(
  what: string,
  before: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
  show?: (value: string) => string,
  verb = "changed",
): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  return names.flatMap((name) => {
    const [old, current] = [before[name], now[name]];
    if (old === current) return [];
    if (old === undefined) return [`${what} ${name} added`];
    if (current === undefined) return [`${what} ${name} removed`];
    // What was written once may be a secret that nothing hides any more.
    return [`${what} ${name} ${verb}${show ? ` from ${show(old)} to ${show(current)}` : ""}`];
  });
}
