import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { UNKNOWN, decode } from "../codec";
import { checkArgs, readArgs } from "./args";
import { ephemeralStackHandler } from "./handler";
import { InnerStacks } from "./inner-stacks";

function program(): string {
  const folder = mkdtempSync(join(tmpdir(), "builders-args-"));
  writeFileSync(join(folder, "Pulumi.yaml"), "name: inner\nruntime: nodejs\n");
  return folder;
}

test("every mistake at once, with its path", () => {
  const failures = checkArgs(
    decode({
      program: "stacks/worker",
      key: "",
      attempts: 0,
      timeoutMinutes: -1,
      config: { token: "a" },
      secrets: { token: "b" },
      record: { store: { bucket: "", region: "r" }, object: "o" },
    }),
  );
  expect(failures.map(({ property }) => property).sort()).toEqual([
    "attempts",
    "key",
    "program",
    "record.store.bucket",
    "secrets.token",
    "timeoutMinutes",
  ]);
  expect(failures.find(({ property }) => property === "program")?.reason).toBe("must be an absolute path");
});

test("a folder without a program is named", () => {
  const [failure] = checkArgs(decode({ program: "/no/such/folder", key: "k" }));
  expect(failure).toEqual({ property: "program", reason: '"/no/such/folder" holds no Pulumi.yaml' });
});

test("what is not known yet is not wrong", () => {
  expect(
    checkArgs(decode({ program: program(), key: UNKNOWN, config: UNKNOWN, record: { store: UNKNOWN, object: "o" } })),
  ).toEqual([]);
});

test("defaults", () => {
  expect(readArgs({ program: program(), key: "k" })).toMatchObject({
    attempts: 2,
    timeoutMinutes: 120,
    keepOnFailure: false,
    config: {},
    secrets: {},
  });
});

const opensNothing = (): never => {
  throw new Error("opens nothing");
};

test("only another key is a change, and it replaces", () => {
  const stacks = new InnerStacks({
    run: () => Promise.reject(new Error("runs nothing")),
    openStore: opensNothing,
    formTags: opensNothing,
    now: () => 0,
  });
  const { diff } = ephemeralStackHandler({ stacks, now: () => 0 });
  expect(diff({ key: "a", program: "/x" }, { key: "a", program: "/y", attempts: 5 })).toEqual({
    changes: false,
    replaces: [],
  });
  expect(diff({ key: "a" }, { key: "b" })).toEqual({ changes: true, replaces: ["key"] });
  expect(diff({ key: "a" }, { key: UNKNOWN })).toEqual({ changes: true, replaces: ["key"] });
});
