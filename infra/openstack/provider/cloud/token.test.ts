import { expect, test } from "vitest";
import { readToken } from "./token";

const read = (expires_at: unknown) =>
  readToken("secret", JSON.stringify({ token: { expires_at, user: { id: "u", name: "u" } } })).endsAt;

test.each([
  "2026-11-28T10:00:00.000000Z",
  "2026-11-28T10:00:00Z",
  "2026-11-28T10:00:00.123456z",
  "2026-11-28T10:00:00",
  "2026-11-28T10:00:00.000000",
  "2026-11-28 10:00:00",
  "2026-11-28T10:00",
  "2026-11-28T10:00:00+00:00",
  "2026-11-28T12:00:00+0200",
  "2026-11-28T05:30:00.5-04:30",
  "2026-11-28T12:00:00+02",
])("a token ends when Keystone says, in UTC where it does not say otherwise: %s", (text) => {
  expect(Math.trunc(read(text) / 1000)).toBe(Date.UTC(2026, 10, 28, 10) / 1000);
});

test.each(["", "tomorrow", "2026-13-28T10:00:00Z", "1764324000", "2026-11-28"])(
  "what is no time is said: %j",
  (text) => {
    expect(() => read(text)).toThrow(`token.expires_at: ${JSON.stringify(text)} is no time`);
  },
);
