import { expect, test } from "vitest";
import { decode } from "../codec";
import { fakeCall, fakeStore } from "../fake-store";
import { IDENTITY } from "../owner";
import { stackIdentityHandler } from "./handler";

const call = fakeCall("urn:pulumi:dev::p::builders:index:StackIdentity::identity");
const ID = "abcdefgh2345";
const registration = { store: { bucket: "b", region: "r" } };

function given() {
  const store = fakeStore({});
  return { store, handler: stackIdentityHandler({ openStore: () => store }) };
}

test("each stack gets one of its own, unless it is told which", async () => {
  const { handler } = given();
  const [one, other] = await Promise.all([handler.create(decode({}), call), handler.create(decode({}), call)]);
  expect(one.id).toMatch(IDENTITY);
  expect(one.id).not.toBe(other.id);
  expect(one.outs).toEqual({ identity: one.id });
  const told = await handler.create(decode({ identity: ID }), call);
  expect(told.outs).toEqual({ identity: ID });
});

test("it stays as it is, unless a person names another", () => {
  const { handler } = given();
  const olds = { identity: ID };
  expect(handler.diff(olds, {}).changes).toBe(false);
  expect(handler.diff(olds, olds).changes).toBe(false);
  expect(handler.diff(olds, { identity: "zbcdefgh2345" })).toEqual({ changes: true, replaces: ["identity"] });
  expect(handler.check(decode({ identity: "Devel" })).map(({ property }) => property)).toEqual(["identity"]);
});

test("nothing is held in the name of a stack that is gone", async () => {
  const { store, handler } = given();
  const owner = "ownerabc2345";
  const reads = { store: registration.store, owner };
  const { outs } = await handler.create(decode({ identity: ID, reads }), call);
  expect(outs).toEqual({ identity: ID, reads });
  expect(handler.diff(outs, { reads: { ...reads, owner: ID } })).toEqual({ changes: true, replaces: [] });
  for (const reader of [ID, "zyxwvuts2345"]) store.objects.set(`holds/${owner}/g4/${reader}.json`, "{}");
  await handler.delete(ID, decode(outs), call);
  expect([...store.objects.keys()]).toEqual([`holds/${owner}/g4/zyxwvuts2345.json`]);
  store.list = () => Promise.reject(new Error("no route"));
  await expect(handler.delete(ID, decode(outs), call)).rejects.toThrow(
    /identity ownerabc2345 .*bucket b can be reached.*state delete/,
  );
});

test("nothing is said in its name before the state has it, and nothing once it is gone", async () => {
  const { store, handler } = given();
  const { outs } = await handler.create(decode({ identity: ID, registration }), call);
  expect(outs).toEqual({ identity: ID, registration });
  expect([...store.objects.keys()]).toEqual([]);
  // What others hold is theirs.
  for (const folder of ["stacks", "offers", "leases", "holds"])
    store.objects.set(`${folder}/${ID}/g1/thing.json`, "{}");
  await handler.delete(ID, decode(outs), call);
  expect([...store.objects.keys()]).toEqual([`holds/${ID}/g1/thing.json`]);
});
