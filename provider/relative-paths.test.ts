import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { absoluteBackend, absolutePaths, loginBackend, startFolder } from "./relative-paths";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "relative-paths-")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  "PULUMI_CONFIG_PASSPHRASE_FILE",
  "AWS_SHARED_CREDENTIALS_FILE",
  "AWS_CONFIG_FILE",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "GOOGLE_APPLICATION_CREDENTIALS",
  "REGISTRY_AUTH_FILE",
])("%s is relative to where pulumi was started, absolute as it is", (name) => {
  expect(absolutePaths({ [name]: "keys/one" }, "/farm")).toEqual({ [name]: "/farm/keys/one" });
  expect(absolutePaths({ [name]: "../one" }, "/farm")).toEqual({ [name]: "/one" });
  expect(absolutePaths({ [name]: "/keys/one" }, "/farm")).toEqual({});
  expect(absolutePaths({ [name]: "", PULUMI_CONFIG_PASSPHRASE: "keys/one", PATH: "bin" }, "/farm")).toEqual({});
});

it.each([
  ["file://.", "file:///farm"],
  ["file://./state", "file:///farm/state"],
  ["file://../state", "file:///state"],
  ["file://state?no_tmp_dir=false", "file:///farm/state?no_tmp_dir=false"],
  ["file:///state", "file:///state"],
  ["file://~/state", "file://~/state"],
  ["s3://bucket/state?region=us-east-1", "s3://bucket/state?region=us-east-1"],
  ["https://api.pulumi.com", "https://api.pulumi.com"],
])("the backend %s is %s", (url, absolute) => {
  expect(absoluteBackend(url, "/farm")).toBe(absolute);
  expect({ PULUMI_BACKEND_URL: url, ...absolutePaths({ PULUMI_BACKEND_URL: url }, "/farm") }).toEqual({
    PULUMI_BACKEND_URL: absolute,
  });
});

it("a login counts where it is a folder: with any other the login itself does", () => {
  const login = (current: string) => {
    writeFileSync(join(folder, "credentials.json"), JSON.stringify({ current }));
    return loginBackend({ PULUMI_HOME: folder });
  };
  expect(login("file://./state")).toBe("file://./state");
  expect(login("https://api.pulumi.com")).toBeUndefined();
  mkdirSync(join(folder, ".pulumi"));
  expect(loginBackend({ HOME: folder })).toBeUndefined();
});

it("without a pulumi above us it is the project", () => {
  expect(startFolder()).toBe(join(__dirname, ".."));
});
