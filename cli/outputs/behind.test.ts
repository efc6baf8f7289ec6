/** What people and programs read of places that are paused. */
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ansibleFile } from "../images/ansible";
import { onlyChosen } from "../images/chosen";
import { parseCommand } from "../images/command";
import { imagesJson, imagesJsonSchema } from "../images/json";
import { resallocArguments } from "../images/resalloc";
import { htmlPage } from "../report/html";
import { reportJson, reportSchema } from "../report/json";
import { markdown } from "../report/markdown";
import { report } from "../report/report";
import { farmFacts } from "../report/testing/facts";
import { ledger, ledgerWith, outputs } from "./testing/farm";

const paused = { until: "2026-12-05", reason: "its disks\nare replaced" };
const devel = outputs(ledgerWith({ hypervisor: [{}, { paused }], ibm_cloud: [{}, { paused }] }));
const [g3, g2] = devel.generations;
const HOST = "hypervisor/vmhost-x86-copr02";
const old = ledger[1]?.published[HOST] ?? "";
const oldRegion = ledger[1]?.published["ibm_cloud/eu-es/s390x"] ?? "";
const command = parseCommand(["--stack", "devel"]);

describe("the consumer's file", () => {
  it("has the older id where a place is paused, and beside the entry that hypervisors share", () => {
    const text = ansibleFile(devel, command);
    expect(parse(text)).toMatchObject({
      copr_builder_images: {
        hypervisor: { x86_64: g3?.published["hypervisor/vmhost-x86-copr01"], "vmhost-x86-copr02": { x86_64: old } },
        ibm_cloud: { eu_es: { s390x: oldRegion } },
      },
    });
    expect(text).toContain(
      `# Left alone: x86_64 in ${HOST} is paused until 2026-12-05: its disks are replaced; it keeps ${old} of g2, and g3 is whole without it\n`,
    );
  });

  it("says so as JSON", () => {
    const printed = imagesJsonSchema.parse(JSON.parse(imagesJson(devel, "devel")));
    expect(printed.behind).toContainEqual({
      ...{ arch: "x86_64", place: HOST, until: "2026-12-05", reason: paused.reason },
      ...{ path: ["hypervisor", "vmhost-x86-copr02", "x86_64"], generation: "g2", id: old },
    });
    expect(imagesJsonSchema.parse(JSON.parse(imagesJson(outputs(ledger), "devel"))).behind).toEqual([]);
  });

  it("has a line of its own for resalloc", () => {
    const lines = resallocArguments(devel, command).split("\n");
    const [, argument] =
      lines.find((line) => line.startsWith("hypervisor.vmhost-x86-copr02.x86_64\t"))?.split("\t") ?? [];
    expect(argument).toContain(old);
    expect(lines.filter((line) => line.startsWith("# x86_64 in "))).toHaveLength(1);
    expect(lines.every((line) => line === "" || /^(# |[\w.-]+\t)/.test(line))).toBe(true);
  });

  it("can be printed for that place alone", () => {
    const { images, generations } = onlyChosen(devel, ["hypervisor.vmhost-x86-copr02"]);
    expect(images).toEqual({ hypervisor: { "vmhost-x86-copr02": { x86_64: old } } });
    expect(generations[0]?.behind?.map(({ place }) => place.id)).toEqual([HOST]);
  });
});

describe("the report", () => {
  const facts = { ...farmFacts, outputs: devel, readers: [] };
  const text = markdown(report(facts));

  it("says first of all what is left alone, since when it has what, and why", () => {
    expect(text).toContain(
      `> **Left alone:** x86\\_64 in ${HOST} is paused until 2026-12-05: its disks are replaced; it keeps ${old.replaceAll("_", "\\_")} of g2`,
    );
    expect(text.indexOf("Left alone")).toBeLessThan(text.indexOf("Images by target"));
    expect(htmlPage(report(facts))).toContain("Left alone:");
  });

  it("shows the older image in the column of the generation that is in use", () => {
    const row = text.split("\n").find((line) => line.startsWith("| hypervisor / vmhost-x86-copr02"));
    expect(row).toContain(`\`${old}\` **still g2**`);
  });

  it("has it as figures", () => {
    const [newest, before] = reportSchema.parse(reportJson(facts)).generations;
    expect(newest?.behind.map(({ place, generation }) => [place, generation])).toEqual([
      [HOST, "g2"],
      ["ibm_cloud/eu-es/s390x", "g2"],
    ]);
    expect(before).toMatchObject({ id: g2?.id, behind: [] });
  });
});
