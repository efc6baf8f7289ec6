/** Which generations have what a scanner has found, by the lists of their packages. */
import type { PackageVersion } from "../../contract/commit-record";
import type { LedgerEntry } from "../../model/plan";
import type { Arch } from "../../infra/words";
import { code, strong, type Block, type Inline } from "./document";
import { newestFirst, type Facts } from "./facts";
import { many } from "./format";
import { listOf } from "./packages";
import { SEVERITIES, type Severity, type Vulnerability } from "./scan";

export type Found =
  | { readonly kind: "joined"; readonly found: readonly Vulnerability[] }
  | { readonly kind: "unknown"; readonly why: string };

/** Of each image of a generation. */
export function vulnerabilitiesOf(
  entry: LedgerEntry,
  scan: readonly Vulnerability[],
  lists: Facts["packages"],
): readonly { readonly arch: Arch; readonly result: Found }[] {
  return entry.images.map(({ arch, key }) => {
    const list = listOf(entry, key, lists);
    if ("unreadable" in list) return { arch, result: { kind: "unknown", why: list.unreadable } };
    const installed = new Set(list.map(nameAndVersion));
    const found = scan.filter((one) => installed.has(nameAndVersion(one)));
    // Scanners name one flaw once for each place that they know it from.
    const unique = new Map(found.map((one) => [`${one.id} ${nameAndVersion(one)}`, one]));
    return { arch, result: { kind: "joined", found: [...unique.values()].sort(worstFirst) } };
  });
}

/** Scanners leave out the architecture, and some the epoch. */
function nameAndVersion({ name, version }: Pick<PackageVersion, "name" | "version">): string {
  return `${name} ${version.replace(/^\d+:/, "").replace(/\.(noarch|x86_64|aarch64|ppc64le|s390x|i[3-6]86)$/, "")}`;
}

const worstFirst = (a: Vulnerability, b: Vulnerability): number =>
  SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || (a.id < b.id ? -1 : 1);

/** Nothing where no scan was given. */
export function vulnerabilities(facts: Facts): Block[] {
  const { scan } = facts;
  if (scan === undefined) return [];
  const images = newestFirst(facts).flatMap((entry) =>
    vulnerabilitiesOf(entry, scan, facts.packages).map((one) => ({ entry, ...one })),
  );
  const counted = (found: readonly Vulnerability[], severity: Severity): string =>
    String(found.filter((one) => one.severity === severity).length);
  const row = ({ entry, arch, result }: (typeof images)[number]): Inline[] => {
    const name = [entry.id, " ", strong(arch)];
    if (result.kind === "unknown") return [name, ...SEVERITIES.map(() => "?"), result.why];
    const mended = result.found.filter(({ fixedIn }) => fixedIn.length > 0).length;
    return [name, ...SEVERITIES.map((severity) => counted(result.found, severity)), `${mended} have a fix`];
  };
  return [
    { kind: "heading", text: "Known vulnerabilities" },
    {
      kind: "paragraph",
      content: `What the scanner has found in packages of exactly these versions, ${many(scan.length, "finding")} in all.`,
    },
    {
      kind: "table",
      caption: "Known vulnerabilities of every image, by severity",
      columns: [
        { title: "Image" },
        ...SEVERITIES.map((severity) => ({
          title: `${severity.charAt(0).toUpperCase()}${severity.slice(1)}`,
          holds: "figures" as const,
        })),
        { title: "Of these" },
      ],
      rows: images.map(row),
    },
    ...images.flatMap(({ entry, arch, result }): Block[] =>
      result.kind === "unknown" || result.found.length === 0
        ? []
        : [
            {
              kind: "fold",
              summary: `${many(result.found.length, "finding")} in ${entry.id} on ${arch}`,
              blocks: [{ kind: "list", items: result.found.map(line) }],
            },
          ],
    ),
  ];
}

function line({ id, severity, name, version, fixedIn }: Vulnerability): Inline {
  const mended = fixedIn.length === 0 ? "no fix is known" : `fixed in ${fixedIn.join(", ")}`;
  return [code(id), ` ${severity}: ${name} ${version}, ${mended}`];
}
