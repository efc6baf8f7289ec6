/** Where whoever has an image finds what is in its disk, and where that comes from. */
import { alert, code, muted, strong, type Block, type Inline } from "./document";
import { newestFirst, type Facts } from "./facts";
import type { KeptDocument } from "./kept";

export function documents(facts: Facts): Block[] {
  const rows = newestFirst(facts).flatMap((entry) =>
    entry.images.flatMap(({ arch, key }): Inline[][] => {
      const { sbom, provenance } = facts.documents.get(key) ?? {};
      if (sbom === undefined && provenance === undefined) return [];
      return [[[entry.id, " ", strong(arch)], cell(sbom), cell(provenance)]];
    }),
  );
  const found = [...facts.documents.values()].flatMap(({ problem, sbom, provenance }) => [
    problem,
    sbom?.problem,
    provenance?.problem,
  ]);
  const problems = [...new Set(found.flatMap((problem) => problem ?? []))];
  const table: Block = {
    kind: "table",
    caption: "Every disk: its SBOM and provenance in the store, and their sha256",
    columns: [{ title: "Disk" }, { title: "SBOM" }, { title: "Provenance" }],
    rows,
  };
  return [
    ...problems.map((problem): Block => ({
      kind: "notice",
      content: [alert("Beside a disk"), ` ${problem}. Find out who writes into the store if nobody here did.`],
    })),
    ...(rows.length === 0
      ? []
      : [{ kind: "fold" as const, summary: "What is in each disk, and where it comes from", blocks: [table] }]),
  ];
}

function cell(document: KeptDocument | undefined): Inline {
  if (document === undefined) return muted("none");
  const { address, sha256, problem } = document;
  const state = problem === undefined ? [] : [" ", alert("not as it was built")];
  return [code(address), ...(sha256 === undefined ? [] : [" ", code(sha256)]), ...state];
}
