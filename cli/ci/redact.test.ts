import { expect, it } from "vitest";
import { makeRedactor } from "./redact";

it("blanks out the values of variables that are secrets by their name", () => {
  const redact = makeRedactor({
    AWS_SECRET_ACCESS_KEY: "abcdefgh12345678",
    AWS_SESSION_TOKEN: "abcdefgh12345678-and-more",
    PULUMI_CONFIG_PASSPHRASE: "correct horse",
    IBMCLOUD_API_KEY: "line-one-of-it\nline-two-of-it",
    GITHUB_TOKEN: "true",
    GITHUB_REPOSITORY: "owner/repository",
    KEYBOARD_LAYOUT: "unrelated-layout",
  });
  expect(redact("abcdefgh12345678-and-more abcdefgh12345678 'correct horse' line-two-of-it")).toBe(
    "[secret] [secret] '[secret]' [secret]",
  );
  expect(redact("true owner/repository unrelated-layout")).toBe("true owner/repository unrelated-layout");
});

it("blanks out keys, and what signs or opens an address", () => {
  const redact = makeRedactor({});
  expect(redact("a -----BEGIN OPENSSH PRIVATE KEY-----\nxyz\n-----END OPENSSH PRIVATE KEY----- b")).toBe(
    "a [secret] b",
  );
  expect(redact("a -----BEGIN PRIVATE KEY-----\ncut off")).toBe("a [secret]");
  expect(redact("GET https://b.s3/o?X-Amz-Signature=0a1b&X-Amz-Date=2 failed")).toBe(
    "GET https://b.s3/o?X-Amz-Signature=[secret]&X-Amz-Date=[secret] failed",
  );
  expect(redact("https://user:pass@host/x qemu+ssh://copr@host/system")).toBe(
    "https://[secret]@host/x qemu+ssh://copr@host/system",
  );
});
