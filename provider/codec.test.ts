import { expect, test } from "vitest";
import { Secret, UNKNOWN, decode, encode, keepAllSecrets, touchesSecret } from "./codec";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const secret = (value: unknown): object => ({ [SIGNATURE]: "1b47061264138c4ac30d75fd1eb44270", value });

test("secrets are unwrapped wherever they are, and known as such", () => {
  const decoded = decode({ a: secret({ b: [1, secret("x")] }), c: "open" });
  expect(decoded.value).toEqual({ a: { b: [1, "x"] }, c: "open" });
  expect(decoded.secrets).toEqual([["a"], ["a", "b", 1]]);
  expect(touchesSecret(decoded, ["a", "b", 0])).toBe(true);
  expect(touchesSecret(decoded, ["c"])).toBe(false);
});

test("secrets of an exported stack are JSON text", () => {
  const exported = { [SIGNATURE]: "1b47061264138c4ac30d75fd1eb44270", plaintext: '{"t":"s"}' };
  expect(decode({ token: exported }).value).toEqual({ token: { t: "s" } });
});

test("unknown values of every type are one sentinel with a path", () => {
  const decoded = decode({ n: "3eeb2bf0-c639-47a8-9e75-3b44932eb421", list: ["04da6b54-80e4-46f7-96ec-b56ff0331ba9"] });
  expect(decoded.value).toEqual({ n: UNKNOWN, list: [UNKNOWN] });
  expect(decoded.unknowns).toEqual([["n"], ["list", 0]]);
});

test("output values are unwrapped, secret or unknown", () => {
  const output = { [SIGNATURE]: "d0e6a833031e9bbcd3f4e8bde6ca49a4" };
  const decoded = decode({ known: { ...output, value: 1, secret: true, dependencies: [] }, unknown: output });
  expect(decoded.value).toEqual({ known: 1, unknown: UNKNOWN });
  expect(decoded.secrets).toEqual([["known"]]);
  expect(decoded.unknowns).toEqual([["unknown"]]);
});

test("encoding drops nested undefined and wraps secrets", () => {
  expect(
    encode({ a: undefined, b: [undefined, { c: undefined, d: 1 }], e: new Secret({ f: undefined, g: 2 }) }),
  ).toEqual({
    b: [null, { d: 1 }],
    e: secret({ g: 2 }),
  });
});

test("what only passes through keeps its secrets in place", () => {
  const wire = { outputs: { open: 1, deep: { token: secret("x") } }, all: secret("y") };
  expect(encode(keepAllSecrets(decode(wire)))).toEqual(wire);
});
