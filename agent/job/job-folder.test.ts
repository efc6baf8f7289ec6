import { expect, test } from "vitest";
import { JobFolder } from "./job-folder";

test("what is told to be secret before each of many parts costs once", () => {
  const folder = new JobFolder("/nowhere");
  for (let part = 0; part < 20_000; part += 1) folder.hide(["the-signature-of-a-part", ""]);
  folder.hide(["the-signature-of-a-part-and-more"]);
  expect(folder.clean("the-signature-of-a-part-and-more, the-signature-of-a-part")).toBe("[secret], [secret]");
});
