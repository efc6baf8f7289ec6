import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../contract/testing/temporary-folder";
import { certificateReader } from "./certificates";

test("hosts without certificates of their own are checked with one context, which is made once", async () => {
  const folder = await temporaryFolder();
  mkdirSync(join(folder, "own.example.org"));
  writeFileSync(join(folder, "own.example.org", "ca.crt"), rootCertificates[0] ?? "");
  const read = certificateReader({ folders: [folder], authorities: [] });
  const usual = read("one.example.org").secureContext;
  expect(read("two.example.org").secureContext).toBe(usual);
  const own = read("own.example.org").secureContext;
  expect(own).not.toBe(usual);
  expect(read("own.example.org").secureContext).toBe(own);
});
