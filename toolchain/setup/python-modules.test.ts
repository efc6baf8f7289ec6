/** The emulator's Python modules: each is pinned by version in one file, and by the sums of its files in the other. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const FOLDER = join(__dirname, "..", "..", "standins", "aws-emulator");
const PIN = /^([A-Za-z0-9_.-]+)==(\S+)/;

/** `NAME VERSION` of each pin, names as Python compares them. */
function pins(text: string): string[] {
  return text.split("\n").flatMap((line) => {
    const [, name, version] = PIN.exec(line) ?? [];
    return name === undefined || version === undefined ? [] : [`${name.toLowerCase().replaceAll("_", "-")} ${version}`];
  });
}

test("what is installed is what was asked for, and each of it has sums", () => {
  const [asked, locked] = ["requirements.in", "requirements.txt"].map((name) =>
    readFileSync(join(FOLDER, name), "utf8"),
  );
  expect(pins(locked ?? "").sort()).toEqual(pins(asked ?? "").sort());
  const entries = (locked ?? "").split(/^(?=[A-Za-z])/m).filter((entry) => PIN.test(entry));
  expect(entries.filter((entry) => !/--hash=sha256:[0-9a-f]{64}/.test(entry))).toEqual([]);
  expect(entries.length).toBeGreaterThan(20);
});
