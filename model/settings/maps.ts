/** The maps of the settings: members are read one by one, so that a mistake in one hides nothing of the others. */
import type * as z from "zod";
import type { RegistryMirror } from "../../contract/agent-spec";
import { platformNamed, targetSchema, workerSchema, type Environment, type TargetSettings } from "../../infra/specs";
import { temperOf, withoutTempers, type Temper, type Tempers, type Untempered } from "../../infra/temper";
import { ARCHITECTURES, type Arch } from "../../infra/words";
import { MOST_ALTERNATIVES } from "../../contract/attempts";
import type { PartialArchitecture, PartialWorker } from "./checks";
import { isLoopback } from "./environment";
import { shown } from "./messages";
import { isRecord } from "../../contract/is-record";
import type { Path, Report } from "./report";
import { publishSchema, registrySchema } from "./schemas";
import type { ArchitectureSettings } from "./types";

/** What could be read of every member, and the members that are complete. */
interface Members<Key extends string, Partial, Good> {
  readonly all: ReadonlyMap<Key, Partial>;
  readonly good: Readonly<{ [K in Key]?: Good }>;
}

export function parseRegistries(report: Report, raw: unknown): RegistryMirror[] {
  return members(report, "registries", raw).flatMap(([prefix, value]) => {
    const problem = prefixProblem(prefix);
    if (problem !== undefined) report.add(["registries", prefix], problem);
    const registry = report.parse(["registries", prefix], value, registrySchema);
    if (registry === undefined) return [];
    return [{ prefix, location: registry.location ?? prefix, insecure: registry.insecure ?? isLoopback(prefix) }];
  });
}

/** podman on a worker refuses its whole file for one such name. */
function prefixProblem(prefix: string): string | undefined {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(prefix)?.[0];
  const rest = prefix.slice(scheme?.length ?? 0).replace(/\/+$/, "");
  const good = /^(\*\.)?(\[[0-9a-f:]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:\d+)?(\/[\w.-]+)*$/i.test(rest);
  const write = good ? rest : "HOST[:PORT][/PATH]";
  // Podman knows no wildcard but that of a domain.
  const domain = /^\*\.[^:/]+/.exec(rest)?.[0];
  if (good && domain !== undefined && rest !== domain)
    return `${shown(prefix)} has more than a domain; write ${domain}`;
  if (scheme !== undefined) return `a registry is named without ${scheme}; write ${write}`;
  return good && rest === prefix ? undefined : `${shown(prefix)} names no registry; write ${write}`;
}

export function parseTargets(
  report: Report,
  raw: unknown,
  env: Environment,
  now: Date,
): {
  readonly all: Map<string, TargetSettings | undefined>;
  readonly good: Record<string, TargetSettings>;
  readonly tempers: Tempers;
} {
  const all = new Map<string, TargetSettings | undefined>();
  const good: Record<string, TargetSettings> = {};
  const tempers: Record<string, readonly Temper[]> = {};
  for (const [name, value] of members(report, "targets", raw)) {
    if (!/^[a-z][a-z0-9_-]*$/i.test(name)) {
      report.add(
        ["targets", name],
        "has other characters than letters, digits, `_` and `-`; the name is a key of the output",
      );
    }
    const { rest, said } = takeTempers(value);
    const target = report.parse(["targets", name], rest, targetSchema(env));
    const its = said.map((one) => report.parse(["targets", name, ...one.path], one.value, temperOf(now)) ?? {});
    if (its.some((temper) => Object.keys(temper).length > 0)) tempers[name] = its;
    all.set(name, target);
    if (target !== undefined) good[name] = target;
  }
  return { all, good, tempers };
}

function takeTempers(target: unknown): Untempered {
  const platform = isRecord(target) && typeof target["platform"] === "string" ? target["platform"] : "";
  const images = platformNamed(platform)?.images;
  return images === undefined ? { rest: target, said: [] } : withoutTempers(target, images.path);
}

export function parseArchitectures(
  report: Report,
  raw: unknown,
  env: Environment,
): Members<Arch, PartialArchitecture, ArchitectureSettings> {
  const list = members(report, "architectures", raw);
  const known = ARCHITECTURES.join(", ");
  if (list.length === 0 && isRecord(raw)) report.add(["architectures"], `missing; give at least one of ${known}`);

  const all = new Map<Arch, PartialArchitecture>();
  const good: { [K in Arch]?: ArchitectureSettings } = {};
  for (const [name, value] of list) {
    const arch = ARCHITECTURES.find((arch) => arch === name);
    if (arch === undefined) {
      report.add(["architectures", name], `unknown architecture; use one of ${known}`);
      continue;
    }
    const { workers, publish } = parseArchitecture(report, arch, value, env);
    all.set(arch, { workers, publish });
    const [worker, ...spares] = workers.flatMap(({ spec }) => spec ?? []);
    const whole = worker !== undefined && workers.length === spares.length + 1;
    if (whole && publish) good[arch] = { worker, ...(spares.length > 0 && { spares }), publish };
  }
  return { all, good };
}

function parseArchitecture(report: Report, arch: Arch, value: unknown, env: Environment): PartialArchitecture {
  const path = ["architectures", arch];
  if (!isRecord(value)) {
    report.add(path, `must be a map, got ${shown(value)}; give worker and publish`);
    return { workers: [], publish: undefined };
  }
  for (const key of Object.keys(value).filter((key) => key !== "worker" && key !== "publish")) {
    report.add([...path, key], "unknown setting; known here: worker, publish");
  }
  const part = <T>(key: string, schema: z.ZodType<T>, remedy: string): T | undefined => {
    if (value[key] !== undefined) return report.parse([...path, key], value[key], schema);
    report.add([...path, key], `missing; ${remedy}`);
    return undefined;
  };
  return {
    workers: parseWorkers(report, [...path, "worker"], value["worker"], env),
    publish: part("publish", publishSchema, "list the targets that get this image"),
  };
}

/** One machine, or a list of those that stand in for each other. */
function parseWorkers(report: Report, path: Path, value: unknown, env: Environment): readonly PartialWorker[] {
  const read = (at: Path, one: unknown): PartialWorker => ({
    path: at,
    spec: report.parse(at, one, workerSchema(env)),
  });
  if (value === undefined) report.add(path, "missing; say which machine builds");
  else if (!Array.isArray(value)) return [read(path, value)];
  else if (value.length === 0) report.add(path, "empty; say which machine builds");
  else if (value.length > MOST_ALTERNATIVES)
    report.add(path, `has more than ${MOST_ALTERNATIVES} machines; name fewer`);
  else return value.map((one: unknown, index) => read([...path, index], one));
  return [];
}

function members(report: Report, key: string, raw: unknown): (readonly [string, unknown])[] {
  if (isRecord(raw)) return Object.entries(raw);
  report.add([key], `must be a map, got ${shown(raw)}`);
  return [];
}
