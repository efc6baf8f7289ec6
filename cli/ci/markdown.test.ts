import { describe, expect, it } from "vitest";
import { parseEventLog, type Preview, type Step } from "./event-log";
import { marker, MOST_BYTES, previewMarkdown, type About } from "./markdown";
import { recorded, type Recorded } from "./testing/recorded";

const commit = "0123456789abcdef0123456789abcdef01234567";
const about: About = {
  stack: "devel",
  commit,
  runUrl: "https://github.com/o/r/actions/runs/7",
  exitCode: 0,
  stderr: "",
};
const markdown = (name: Recorded, more: Partial<About> = {}) =>
  previewMarkdown(
    parseEventLog(recorded(name), (text) => text),
    { ...about, ...more },
  );

/** Position of each text, which must be there. */
const order = (text: string, ...parts: readonly string[]) =>
  parts.map((part) => {
    expect(text).toContain(part);
    return text.indexOf(part);
  });

describe("the comment", () => {
  it("says at a glance what is new and why, and which images come and go, and folds the rest", () => {
    const text = markdown("new-generation");
    expect(text.startsWith("<!-- copr-builders preview of devel -->\n### ✅ `devel`: g2 is new, 14 changes\n")).toBe(
      true,
    );
    const positions = order(
      text,
      "g2 is new: context images/x changed; FROM quay.io/x:42 moved",
      "| new | `copr-builder-x86_64-g2-abababab` | `hypervisor.a`, `hypervisor.b` |",
      "| removed | `copr-builder-x86_64-g1-abababab` | `hypervisor.a`, `hypervisor.b` |",
      "Policies: `copr-builders@v0.1.0` has no objection.",
      "<details><summary>All changes: 9 to create, 5 to delete, 0 unchanged</summary>",
      "| create | `builders:index:EphemeralStack` | `copr-builder-x86_64-g2-abababab.hypervisor.a.boot-machines` |",
      "</details>",
      `<sub>Stack \`devel\` at commit ${commit} · [the whole log](https://github.com/o/r/actions/runs/7)</sub>`,
    );
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
  });

  it("starts with what a policy refuses", () => {
    const text = markdown("policy-violation", { exitCode: 1 });
    const [refused, image, plan] = order(text, "**Policies that must hold**", "nothing boots it", "g2 is new: ");
    expect(text.split("\n")[1]).toBe("### ❌ `devel`: the preview failed");
    expect(refused).toBeLessThan(image!);
    expect(image).toBeLessThan(plan!);
    expect(text).toContain("objects: 1 mandatory, 0 advisory");
    // It says no more than the policy does.
    expect(text).not.toContain("\npreview failed");
  });

  it("starts with the errors of the program, whatever they hold", () => {
    const text = markdown("program-error", { exitCode: 1 });
    const [title, error, plan] = order(text, "**Errors**", "  targets.a: no <such> `thing`", "g2 is new: ");
    expect(title).toBeLessThan(error!);
    expect(error).toBeLessThan(plan!);
  });

  it("tells images that are replaced from those that change", () => {
    const text = markdown("replaced");
    expect(text).toContain("| replaced | `copr-builder-x86_64-g1-abababab` | `hypervisor.a` |");
    expect(text).toContain("| changed | `copr-builder-x86_64-g1-abababab` | `hypervisor.b` |");
    expect(text).toContain(
      "| update | `pulumi-nodejs:dynamic:Resource` | `copr-builder-x86_64-g1-abababab.hypervisor.b`: `note` |",
    );
  });

  it("is short where there is nothing to do", () => {
    const text = markdown("unchanged");
    expect(text).toContain("nothing to do");
    expect(text).not.toContain("<details>");
    expect(text).not.toContain("| image |");
  });

  it("says what a promotion takes over, though only outputs change", () => {
    const text = "g3 of devel is taken (built 2026-11-17T09:30:12Z), instead of g1";
    const promoted: Preview = {
      ...parseEventLog(recorded("unchanged"), (said) => said),
      messages: [{ severity: "info", text }],
      outputs: ["generations", "images"],
    };
    const shown = previewMarkdown(promoted, { ...about, stack: "prod" });
    expect(shown).toContain("### ✅ `prod`: g3 of devel is taken, 2 outputs change\n");
    expect(shown).toContain(text);
    expect(shown).toContain("Outputs that change: `generations`, `images`");
  });

  it("has what pulumi said where the engine never started", () => {
    const nothing = parseEventLog("", (text) => text);
    const text = previewMarkdown(nothing, { ...about, exitCode: 6, stderr: "error: no stack named 'devel' found\n" });
    expect(text).toContain("### ❌ `devel`: the preview came to no end");
    expect(text).toContain("**pulumi said**\n\n```text\nerror: no stack named 'devel' found\n```");
    expect(text).toContain("Policies: not reached.");
  });

  it("names nobody and opens nothing that a message makes up", () => {
    const text = previewMarkdown(
      {
        ...parseEventLog("", (said) => said),
        finished: true,
        messages: [{ severity: "error", text: "@everyone\n```\n<img src=x> fixes #1\n````" }],
        steps: [{ op: "create", type: "t", name: "a|b `c` @someone", changed: [] }],
      },
      { ...about, exitCode: 1 },
    );
    // A fence that is longer than any in it.
    expect(text).toContain("`````text\n@everyone\n```\n<img src=x> fixes #1\n````\n`````");
    expect(text).toContain("`` a\\|b `c` @someone ``");
  });

  it.each([
    ["a line of 100 KB", "x".repeat(100_000)],
    ["backticks without end", "`".repeat(7_900)],
  ])("has the beginning of %s, in every part, and is no longer than GitHub takes", (_, text) => {
    const many = Array.from({ length: 2_000 }, (_, index) => `output_${index}_${text.slice(0, 60)}`);
    const violation = { policy: "p", resource: "r", text };
    const preview: Preview = {
      messages: (["error", "warning", "info"] as const).map((severity) => ({ severity, text })),
      steps: [{ op: "create", type: "t", name: text, changed: many }],
      unchanged: 0,
      outputs: many,
      policies: [
        { name: text, violations: ["mandatory", "advisory"].map((level) => ({ ...violation, level })), complete: true },
      ],
      finished: true,
    };
    const shown = previewMarkdown(preview, { ...about, exitCode: 1, stderr: text });
    expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(MOST_BYTES);
    for (const part of [
      /output_0_/,
      /… and \d+ more outputs, in the log/,
      /more properties/,
      /\*\*Errors\*\*\n\n```text\n[x`]/,
    ])
      expect(shown).toMatch(part);
  });

  it("is never longer than GitHub takes, and says what it left off", () => {
    const long = (line: string) => Array.from({ length: 5_000 }, (_, index) => `${line} ${index} é`).join("\n");
    const steps: Step[] = Array.from({ length: 5_000 }, (_, index) => ({
      op: "create",
      type: "builders:index:PublishedImage",
      name: `copr-builder-x86_64-g2-${index}.hypervisor.a`,
      changed: [],
    }));
    const violation = { policy: "p", resource: "r", text: long("violation") };
    const huge: Preview = {
      messages: (["error", "warning", "info"] as const).map((severity) => ({ severity, text: long(severity) })),
      steps,
      unchanged: 0,
      outputs: ["images"],
      policies: [
        { name: "n", violations: ["mandatory", "advisory"].map((level) => ({ ...violation, level })), complete: true },
      ],
      finished: true,
    };
    const text = previewMarkdown(huge, { ...about, exitCode: 1, stderr: long("stderr") });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MOST_BYTES);
    expect(Buffer.byteLength(text)).toBeGreaterThan(MOST_BYTES - 500);
    for (const left of [
      /… and \d+ more images, in the log/,
      /… and \d+ more changes, in the log\n\n<\/details>/,
      /more lines/,
    ])
      expect(text).toMatch(left);
    expect(text).toContain("error 0 é");
    expect(text.trimEnd().endsWith("</sub>")).toBe(true);
    expect(text.match(/^```/gm)!.length % 2).toBe(0);
  });
});

it("the marker of a stack is that of no other, and ends its HTML comment only at its end", () => {
  expect(marker("o/p/prod--x")).toBe("<!-- copr-builders preview of o/p/prod-.-x -->");
  expect(marker("prod2").startsWith(marker("prod"))).toBe(false);
});
