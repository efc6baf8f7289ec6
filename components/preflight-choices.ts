/** Workers that stand in for each other: a run waits for none of them alone, so what one of them lacks is only said. */
import type { Finding, PlatformUse } from "../infra/platform";
import type { PlatformName } from "../infra/specs";
import type { Arch } from "../infra/words";

type WorkerUse = PlatformUse["workers"][number];

/** A worker of a list, asked about by itself: what is found is its own and nobody else's. */
export interface AskedAlone {
  readonly name: PlatformName;
  readonly use: PlatformUse;
  readonly worker: Pick<WorkerUse, "path" | "arch">;
}

/** Each platform's use without the workers of lists, and each of those. */
export function askedAlone(uses: readonly (readonly [PlatformName, PlatformUse])[]): {
  readonly together: readonly (readonly [PlatformName, PlatformUse])[];
  readonly alone: readonly AskedAlone[];
} {
  const all = uses.flatMap(([, { workers }]) => workers);
  const isListed = ({ arch }: WorkerUse): boolean => all.filter((other) => other.arch === arch).length > 1;
  const together = uses
    .map(([name, use]) => [name, { ...use, workers: use.workers.filter((one) => !isListed(one)) }] as const)
    .filter(([, { workers, places }]) => workers.length + places.length > 0);
  const alone = uses.flatMap(([name, use]) =>
    use.workers.filter(isListed).map((worker) => ({ name, use: { ...use, workers: [worker], places: [] }, worker })),
  );
  return { together, alone };
}

export interface FoundOfChoice {
  readonly path: string;
  readonly arch: Arch;
  readonly findings: readonly Finding[];
}

/** Notes as long as one of an architecture's workers lacks nothing, each with who builds instead; else all of them count. */
export function choiceFindings(choices: readonly FoundOfChoice[]): Finding[] {
  // In the order of the lists, whatever platforms they are of.
  const ordered = [...choices].sort((a, b) => a.path.localeCompare(b.path, "en", { numeric: true }));
  return ordered.flatMap(({ path, arch, findings }) => {
    const able = ordered.find((other) => other.arch === arch && other.findings.every(({ note }) => note === true));
    if (able === undefined) return findings;
    const isBefore = ordered.findIndex((one) => one.path === able.path) > ordered.findIndex((one) => one.path === path);
    const meaning = isBefore ? `${able.path} builds instead` : `${able.path} builds, and this one could not stand in`;
    return findings.map((one): Finding =>
      one.note === true ? one : { ...one, problem: `${one.problem} (${meaning})`, note: true },
    );
  });
}
