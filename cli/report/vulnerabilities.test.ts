import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../contract/testing/temporary-folder";
import type { LedgerEntry } from "../../model/plan";
import { ledger } from "../outputs/testing/farm";
import { parseCommand } from "./command";
import { plain } from "./document";
import type { PackageLists } from "./packages";
import { reportJson } from "./json";
import { markdown } from "./markdown";
import { report } from "./report";
import { readScan } from "./scan";
import { farmFacts } from "./testing/facts";
import { vulnerabilitiesOf } from "./vulnerabilities";

const [g3, g2] = ledger as [LedgerEntry, LedgerEntry];

const GRYPE = {
  matches: [
    {
      vulnerability: { id: "CVE-2026-1", severity: "High", fix: { versions: ["5.2.40-1.fc44"], state: "fixed" } },
      artifact: { name: "bash", version: "0:5.2.37-1.fc44", type: "rpm" },
    },
    { vulnerability: { id: "CVE-2026-2", severity: "Negligible" }, artifact: { name: "bash", version: "5.1-1.fc44" } },
  ],
};
const TRIVY = {
  SchemaVersion: 2,
  Results: [
    { Target: "os" },
    {
      Vulnerabilities: [
        {
          ...{ VulnerabilityID: "CVE-2026-3", PkgName: "bind-libs", InstalledVersion: "9.18-1.fc44" },
          ...{ FixedVersion: "9.18-2, 9.20-1", Severity: "CRITICAL" },
        },
      ],
    },
  ],
};

async function file(content: unknown): Promise<string> {
  const path = join(await temporaryFolder(), "scan.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

/** Every image of g3 has these, g2's lists are gone. */
const list = [
  { name: "bash", version: "5.2.37-1.fc44.x86_64" },
  { name: "bind-libs", version: "32:9.18-1.fc44.x86_64" },
];
const lists: PackageLists = new Map(Object.values(g3.disks).map(({ packages = "" }) => [packages, list]));

test("findings are joined to the generations that have exactly that version, epoch and architecture aside", async () => {
  const scan = [...(await readScan(await file(GRYPE))), ...(await readScan(await file(TRIVY)))];
  const [first] = vulnerabilitiesOf(g3, [...scan, ...scan], lists);
  expect(first?.result).toEqual({
    kind: "joined",
    found: [
      {
        ...{ id: "CVE-2026-3", severity: "critical", name: "bind-libs", version: "9.18-1.fc44" },
        fixedIn: ["9.18-2", "9.20-1"],
      },
      { id: "CVE-2026-1", severity: "high", name: "bash", version: "0:5.2.37-1.fc44", fixedIn: ["5.2.40-1.fc44"] },
    ],
  });
  const [gone] = vulnerabilitiesOf(g2, scan, lists);
  expect(gone?.result).toEqual({ kind: "unknown", why: "the list of g2 is not in the store" });
});

test("the page, its Markdown and the JSON have them where a scan was given, and nothing of it otherwise", async () => {
  const facts = { ...farmFacts, readers: [], packages: lists };
  const scan = await readScan(await file(GRYPE));
  const { blocks } = report({ ...facts, scan });
  const table = blocks.find((block) => block.kind === "table" && block.caption.startsWith("Known vulnerabilities"));
  if (table?.kind !== "table") expect.fail("no table");
  const rows = table.rows.map((cells) => cells.map(plain));
  expect(rows).toContainEqual(["g3 x86_64", "0", "1", "0", "0", "0", "1 have a fix"]);
  expect(rows).toContainEqual(["g2 x86_64", "?", "?", "?", "?", "?", "the list of g2 is not in the store"]);
  expect(markdown(report({ ...facts, scan }))).toContain("CVE-2026-1");
  expect(reportJson({ ...facts, scan }).generations[0]?.vulnerabilities?.[0]?.found).toHaveLength(1);
  expect(markdown(report(facts))).not.toContain("vulnerabilities");
  expect(reportJson(facts).generations[0]?.vulnerabilities).toBeNull();
});

test("files are named on the command line, and one that no scanner has written is refused by name", async () => {
  expect(parseCommand(["--stack", "devel", "--vulnerabilities", "a", "--vulnerabilities", "b"])).toMatchObject({
    vulnerabilities: ["a", "b"],
  });
  const other = await file({ some: "thing" });
  await expect(readScan(other)).rejects.toThrow(
    `--vulnerabilities ${other}: neither what "grype -o json" nor what "trivy --format json" writes`,
  );
  await expect(readScan(await file("{"))).rejects.toThrow(/--vulnerabilities .*scan\.json: .*JSON/);
  await expect(readScan("/no/such.json")).rejects.toThrow("--vulnerabilities /no/such.json: ENOENT");
});
