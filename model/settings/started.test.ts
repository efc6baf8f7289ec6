import * as path from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { readPathsAsPulumiDoes } from "./started";

afterEach(() => vi.unstubAllEnvs());

it("the SDKs of clouds find files of credentials that are named from where pulumi was started", () => {
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "secrets/aws");
  vi.stubEnv("AWS_CONFIG_FILE", "/etc/aws");
  readPathsAsPulumiDoes();
  expect(process.env["AWS_SHARED_CREDENTIALS_FILE"]).toBe(path.resolve(__dirname, "../../secrets/aws"));
  expect(process.env["AWS_CONFIG_FILE"]).toBe("/etc/aws");
});
