import { expect, test } from "vitest";
import { LineSplitter } from "./lines";

function lines(...chunks: (string | Buffer)[]): string[] {
  const seen: string[] = [];
  const splitter = new LineSplitter((line) => seen.push(line));
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  splitter.end();
  return seen;
}

test("lines come whole however they were cut, without colours and empty ones", () => {
  const half = Buffer.from("ü");
  expect(lines("on", "e\r\ntwo\n\n\u001b[31mthr", "ee\u001b[0m\r4", half.subarray(0, 1), half.subarray(1))).toEqual([
    "one",
    "two",
    "three",
    "4ü",
  ]);
});

test("of a line of a mebibyte the first 2000 characters are shown, once, and what follows it", () => {
  const long = "x".repeat(64 * 1024);
  const seen = lines(...Array.from({ length: 16 }, () => long), "the end of it\nthe reason\n", long);
  expect(seen).toEqual([`${"x".repeat(2000)}...`, "the reason", `${"x".repeat(2000)}...`]);
});

test("what never ends its line is not kept", () => {
  expect(lines("a".repeat(30_000), "b", "c\n", "d")).toEqual([`${"a".repeat(2000)}...`, "d"]);
});
