import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { configText, findParent, qualify, writeSettings } from "./settings-file";

afterEach(() => vi.unstubAllEnvs());

function parentProject(yaml = "name: parent\nruntime: nodejs\n"): string {
  const root = mkdtempSync(join(tmpdir(), "builders-parent-"));
  writeFileSync(join(root, "Pulumi.yaml"), yaml);
  mkdirSync(join(root, "stacks", "worker"), { recursive: true });
  writeFileSync(join(root, "stacks", "worker", "Pulumi.yaml"), "name: worker\nruntime: nodejs\n");
  return root;
}

test("the parent's secrets provider and its key, found from the program's folder", () => {
  const root = parentProject();
  writeFileSync(
    join(root, "Pulumi.prod.yaml"),
    "secretsprovider: awskms://alias/x\nencryptedkey: abc\nconfig:\n  parent:a: b\n",
  );
  const parent = findParent("parent", "prod", join(root, "stacks", "worker"), { cwd: tmpdir() });
  expect(parent.encryption).toEqual({ secretsprovider: "awskms://alias/x", encryptedkey: "abc" });
  expect(findParent("parent", "dev", join(root, "stacks", "worker"), { cwd: tmpdir() }).encryption).toEqual({});
});

test("a relative backend is the parent's, not the program's", () => {
  const root = parentProject("name: parent\nruntime: nodejs\nbackend: {url: file://./state}\n");
  vi.stubEnv("PULUMI_BACKEND_URL", undefined);
  expect(findParent("parent", "dev", root, { cwd: root, started: root }).backendUrl).toBe(`file://${root}/state`);
  vi.stubEnv("PULUMI_BACKEND_URL", "s3://bucket");
  expect(findParent("parent", "dev", root, { cwd: root, started: root }).backendUrl).toBe("s3://bucket");
});

test("the file is for its owner alone and holds the values as data", () => {
  const path = join(mkdtempSync(join(tmpdir(), "builders-settings-")), "Pulumi.s.yaml");
  const config = qualify({ spec: { list: [1, "2"] }, "aws:region": "here", text: "12" }, "inner");
  writeSettings(path, { encryptionsalt: "v1:salt" }, config);
  expect(parse(readFileSync(path, "utf8"))).toEqual({
    encryptionsalt: "v1:salt",
    config: { "inner:spec": { list: [1, "2"] }, "aws:region": "here", "inner:text": "12" },
  });
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("text stays text, data is JSON", () => {
  expect(configText("12")).toBe("12");
  expect(configText({ a: [1] })).toBe('{"a":[1]}');
});
