import { expect, test } from "vitest";
import { superseded } from "./superseded";

const own = "dev.build-x86_64-bbbbbbbb-worker.bbbbbbbb";

test("another key of the same work is superseded; other work, other parents and itself are not", () => {
  const old = "dev.build-x86_64-aaaaaaaa-worker.aaaaaaaa";
  const others = [
    "dev",
    "dev.build-aarch64-aaaaaaaa-worker.aaaaaaaa",
    "devel.build-x86_64-aaaaaaaa-worker.aaaaaaaa",
    "dev2build-x86_64-aaaaaaaa-worker.aaaaaaaa",
    "dev.build-x86_64-aaaaaaaa-worker-more.aaaaaaaa",
  ];
  expect(superseded([own, old, ...others], "dev", "build-x86_64-*-worker", own)).toEqual([old]);
});

test("a dot is a dot", () => {
  expect(superseded(["dev.axb.aaaaaaaa"], "dev", "a.b", own)).toEqual([]);
});
