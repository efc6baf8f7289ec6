/** What a scanner of packages has found: JSON of grype (`grype -o json`) or of trivy (`trivy --format json`). */
import { readFile } from "node:fs/promises";
import * as z from "zod";
import { messageOf } from "../../contract/message-of";
import { UsageError } from "./command";

export const SEVERITIES = ["critical", "high", "medium", "low", "other"] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Vulnerability {
  readonly id: string;
  readonly severity: Severity;
  readonly name: string;
  /** As the scanner writes it. */
  readonly version: string;
  /** Versions without it. */
  readonly fixedIn: readonly string[];
}

const severity = z.string().transform((text): Severity => {
  const small = text.toLowerCase();
  return SEVERITIES.find((known) => known === small) ?? "other";
});

/** https://github.com/anchore/grype, grype/presenter/models */
const grype = z
  .object({
    matches: z.array(
      z.object({
        vulnerability: z.object({
          id: z.string(),
          severity: severity.default("other"),
          fix: z.object({ versions: z.array(z.string()).nullish() }).nullish(),
        }),
        artifact: z.object({ name: z.string(), version: z.string() }),
      }),
    ),
  })
  .transform(({ matches }) =>
    matches.map(({ vulnerability: { id, severity, fix }, artifact }): Vulnerability => ({
      ...{ id, severity, name: artifact.name, version: artifact.version },
      fixedIn: fix?.versions ?? [],
    })),
  );

/** https://trivy.dev, "Reporting", JSON. Of what it finds nothing in, it writes no list. */
const trivy = z
  .object({
    SchemaVersion: z.number(),
    Results: z
      .array(
        z.object({
          Vulnerabilities: z
            .array(
              z.object({
                VulnerabilityID: z.string(),
                PkgName: z.string(),
                InstalledVersion: z.string(),
                FixedVersion: z.string().nullish(),
                Severity: severity.default("other"),
              }),
            )
            .nullish(),
        }),
      )
      .nullish(),
  })
  .transform(({ Results }) =>
    (Results ?? [])
      .flatMap(({ Vulnerabilities }) => Vulnerabilities ?? [])
      .map((one): Vulnerability => ({
        ...{ id: one.VulnerabilityID, severity: one.Severity, name: one.PkgName, version: one.InstalledVersion },
        fixedIn: one.FixedVersion ? one.FixedVersion.split(/,\s*/) : [],
      })),
  );

/** @throws UsageError */
export async function readScan(file: string): Promise<readonly Vulnerability[]> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw new UsageError(`--vulnerabilities ${file}: ${messageOf(cause)}`, { cause });
  }
  for (const form of [grype, trivy]) {
    const read = form.safeParse(value);
    if (read.success) return read.data;
  }
  throw new UsageError(`--vulnerabilities ${file}: neither what "grype -o json" nor what "trivy --format json" writes`);
}
