import { expect, test } from "vitest";
import { alternativeOf } from "../../contract/attempts";
import { attemptText, nextAttempt, resumedAttempt } from "./tries";

const WORK = "command:remote:Command";
const args = { attempts: 2, alternatives: 3, attemptNames: ["a", "a, again", "b"], workTypes: [WORK] };
const machine = new Set(["libvirt:index/domain:Domain"]);

test("a machine that can't be had is followed by the next one, after its own attempts", () => {
  const taken = [1, 2, 3, 4, 5, 6].map((attempt) => nextAttempt(attempt, args, machine));
  expect(taken).toEqual([2, 3, 4, 5, 6, undefined]);
  expect(nextAttempt(2, args, new Set())).toBe(3);
  expect([1, 2, 3, 6].map((attempt) => alternativeOf(attempt, args.attempts))).toEqual([1, 1, 2, 3]);
});

test("work that failed is tried again where it was, and nowhere else", () => {
  expect(nextAttempt(1, args, new Set([WORK]))).toBe(2);
  expect(nextAttempt(2, args, new Set([WORK]))).toBeUndefined();
  expect(nextAttempt(4, args, new Set([WORK, ...machine]))).toBeUndefined();
});

test("one way to do it has the attempts that it always had", () => {
  const one = { ...args, alternatives: 1 };
  expect([1, 2].map((attempt) => nextAttempt(attempt, one, machine))).toEqual([2, undefined]);
  expect(attemptText(1, { ...one, attemptNames: [] })).toBe("attempt 1 of 2");
});

test("an interrupted run goes on with the machine that it had come to, and not beyond the list of today", () => {
  expect([undefined, 1, 2, 3, 4, 6, 9].map((noted) => resumedAttempt(noted, args))).toEqual([1, 1, 1, 3, 3, 5, 5]);
  expect(resumedAttempt(4, { ...args, alternatives: 1 })).toBe(1);
});

test("people read which of all attempts it is, and what it tries", () => {
  expect(attemptText(3, args)).toBe("attempt 3 of 6 (b)");
});
