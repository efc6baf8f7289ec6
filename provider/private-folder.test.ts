import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { cacheHome, newPrivateFile, privateFolder, stateFolder } from "./private-folder";

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "builders-private-"));
});

const mode = (path: string): number => lstatSync(path).mode & 0o777;

test("made for us alone, and closed if it was open", () => {
  expect(mode(privateFolder(join(base, "a", "b")))).toBe(0o700);
  mkdirSync(join(base, "open"));
  chmodSync(join(base, "open"), 0o777);
  expect(mode(privateFolder(join(base, "open")))).toBe(0o700);
});

test("a link to a folder is not taken, nor is a file", () => {
  mkdirSync(join(base, "theirs"));
  symlinkSync(join(base, "theirs"), join(base, "link"));
  expect(() => privateFolder(join(base, "link"))).toThrow("link is not a folder");
  writeFileSync(join(base, "file"), "");
  expect(() => privateFolder(join(base, "file"))).toThrow(/file/);
});

test("another user's folder is not taken", () => {
  // As somebody else sees ours.
  const us = process.getuid;
  process.getuid = () => 12345;
  try {
    expect(() => privateFolder(base)).toThrow("belongs to another user");
  } finally {
    if (us) process.getuid = us;
  }
});

test("a link in place of a file is not followed", () => {
  const target = join(base, "target");
  writeFileSync(target, "precious");
  symlinkSync(target, join(base, "log"));
  newPrivateFile(join(base, "log"));
  expect(readFileSync(target, "utf8")).toBe("precious");
  expect(lstatSync(join(base, "log")).isFile()).toBe(true);
  expect(mode(join(base, "log"))).toBe(0o600);
  symlinkSync(join(base, "nowhere"), join(base, "dangling"));
  newPrivateFile(join(base, "dangling"));
  expect(existsSync(join(base, "nowhere"))).toBe(false);
});

test("in the user's own state", () => {
  expect(stateFolder({ XDG_STATE_HOME: "/x" })).toBe("/x/copr-builders");
  expect(stateFolder({ XDG_STATE_HOME: "" })).toMatch(/^\/.*\.local\/state\/copr-builders$/);
});

test("what may go at any time is where the environment says, if that is a place", () => {
  expect(cacheHome({ XDG_CACHE_HOME: "/var/cache/ci" })).toBe("/var/cache/ci");
  for (const none of [{}, { XDG_CACHE_HOME: "" }, { XDG_CACHE_HOME: "cache" }])
    expect(cacheHome(none)).toBe(join(homedir(), ".cache"));
});
