import { expect, test } from "vitest";
import { decode } from "../codec";
import { fakeCall } from "../fake-store";
import { IDENTITY } from "../owner";
import { stackIdentityHandler } from "./handler";

const call = fakeCall("urn:pulumi:dev::p::builders:index:StackIdentity::identity");
const handler = stackIdentityHandler();

test("each stack gets one of its own, unless it is told which", async () => {
  const [one, other] = await Promise.all([handler.create(decode({}), call), handler.create(decode({}), call)]);
  expect(one.id).toMatch(IDENTITY);
  expect(one.id).not.toBe(other.id);
  expect(one.outs).toEqual({ identity: one.id });
  const told = await handler.create(decode({ identity: "abcdefgh2345" }), call);
  expect(told.outs).toEqual({ identity: "abcdefgh2345" });
});

test("it stays as it is, unless a person names another", () => {
  const olds = { identity: "abcdefgh2345" };
  expect(handler.diff(olds, {}).changes).toBe(false);
  expect(handler.diff(olds, olds).changes).toBe(false);
  expect(handler.diff(olds, { identity: "zbcdefgh2345" })).toEqual({ changes: true, replaces: ["identity"] });
  expect(handler.check(decode({ identity: "Devel" })).map(({ property }) => property)).toEqual(["identity"]);
});
