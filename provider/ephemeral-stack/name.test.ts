import { expect, test } from "vitest";
import { innerStackName, isInnerStackOf, otherName } from "./name";

test("parent stack, resource and the key's first eight digits", () => {
  expect(innerStackName("local", "x86_64", "0123456789abcdef")).toBe("local.x86_64.01234567");
});

test("a key that is no hex is hashed", () => {
  expect(innerStackName("local", "a", "release one")).toMatch(/^local\.a\.[0-9a-f]{8}$/);
  expect(innerStackName("local", "a", "release one")).not.toBe(innerStackName("local", "a", "release two"));
});

test("another name of the same resource is none of its own", () => {
  const [stack, other] = ["local.x86_64.01234567", otherName("local.x86_64.01234567")];
  expect(other).not.toBe(stack);
  expect(otherName(stack)).toBe(other);
  expect(isInnerStackOf(other, "local", "x86_64")).toBe(true);
});

test("what had to be replaced still tells two resources apart", () => {
  const [one, other] = ["a/b", "a:b"].map((name) => innerStackName("local", name, "0".repeat(64)));
  expect(one).toMatch(/^[A-Za-z0-9_.-]+$/);
  expect(one).not.toBe(other);
});

test("at most a hundred characters, the key among them", () => {
  const [one, other] = ["a", "b"].map((end) => innerStackName("parent", "n".repeat(120) + end, "0123456789"));
  expect(one).toHaveLength(100);
  expect(one).toMatch(/\.01234567$/);
  expect(one).not.toBe(other);
});
