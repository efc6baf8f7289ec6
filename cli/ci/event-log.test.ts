import { describe, expect, it } from "vitest";
import { parseEventLog } from "./event-log";
import { recorded } from "./testing/recorded";

const asIs = (text: string) => text;

describe("the event log of a preview", () => {
  it("says what is new, what goes and what the program says of it", () => {
    const { messages, steps, unchanged, outputs, policies, finished } = parseEventLog(recorded("new-generation"), asIs);
    expect(messages).toHaveLength(1);
    expect(messages[0]?.text).toMatch(/^g2 is new: context images\/x changed; FROM .*\n {2}\+ copr-builder-x86_64-g2-/);
    expect(steps.filter(({ op }) => op === "create")).toHaveLength(9);
    expect(steps).toContainEqual({
      op: "delete",
      type: "builders:index:PublishedImage",
      name: "copr-builder-x86_64-g1-abababab.hypervisor.a",
      parent: { type: "builders:index:Generation", name: "g1" },
      changed: [],
    });
    expect({ unchanged, outputs, policies, finished }).toEqual({
      unchanged: 0,
      outputs: ["out"],
      policies: [{ name: "copr-builders@v0.1.0", violations: [], complete: true }],
      finished: true,
    });
  });

  it("names what is replaced once, and which inputs differ, but not their values", () => {
    const { steps, unchanged } = parseEventLog(recorded("replaced"), asIs);
    expect(steps).toMatchObject([
      { op: "replace", name: "copr-builder-x86_64-g1-abababab.hypervisor.a", changed: ["note"] },
      { op: "update", name: "copr-builder-x86_64-g1-abababab.hypervisor.b", changed: ["note"] },
    ]);
    expect(unchanged).toBe(3);
  });

  it("has what policies object to, by resource", () => {
    const { policies } = parseEventLog(recorded("policy-violation"), asIs);
    expect(policies).toMatchObject([
      {
        name: "copr-builders@v0.1.0",
        violations: [
          {
            policy: "published-images-are-boot-checked",
            level: "mandatory",
            resource: "copr-builder-x86_64-g2-abababab.hypervisor.b",
          },
        ],
      },
    ]);
  });

  it("knows a pack that did not come to judge the whole", () => {
    const lines = recorded("new-generation").split("\n");
    const early = lines.slice(
      0,
      lines.findIndex((line) => line.includes("policyAnalyzeStackSummaryEvent")),
    );
    expect(parseEventLog(early.join("\n"), asIs).policies).toMatchObject([{ violations: [], complete: false }]);
  });

  it("blanks out secrets in what was said", () => {
    const redact = (text: string) => text.replaceAll("targets.a", "***");
    const { messages } = parseEventLog(recorded("program-error"), redact);
    expect(messages.find(({ severity }) => severity === "error")?.text).toContain("***: no <such> `thing`");
  });

  it("has no steps where nothing changes", () => {
    expect(parseEventLog(recorded("unchanged"), asIs)).toMatchObject({ steps: [], outputs: [], finished: true });
  });

  it("that broke off is no end, and one that is not understood is refused", () => {
    const lines = recorded("new-generation").split("\n");
    expect(parseEventLog(lines.slice(0, 20).join("\n"), asIs).finished).toBe(false);
    expect(parseEventLog("", asIs)).toMatchObject({ steps: [], messages: [], finished: false });
    expect(() => parseEventLog('{"sequence":0}\n{"diagnosticEvent":7}', asIs)).toThrow(/^line 2 .* not understood/);
    expect(() => parseEventLog("no JSON", asIs)).toThrow(/^line 1 /);
  });
});
