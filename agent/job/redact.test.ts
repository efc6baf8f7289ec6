import { expect, test } from "vitest";
import { presigned, SIGNATURE } from "../../contract/testing/agent-spec";
import { hideAll, secretsOf, shownUrl } from "./redact";

test("queries of presigned URLs are blanked out whole and in parts", () => {
  const url = presigned("http://store", "x");
  const both = hideAll(secretsOf([url, url.replace(SIGNATURE, "0123456789abcdef")]));
  const said = `refused ${url} and ${SIGNATURE} and 0123456789abcdef: AWS4-HMAC-SHA256`;
  expect(both(said)).toBe("refused http://store/builders/x?[secret] and [secret] and [secret]: AWS4-HMAC-SHA256");
  expect(shownUrl(url)).toBe("http://store/builders/x");
});
