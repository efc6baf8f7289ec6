import { expect, test } from "vitest";
import { decode } from "../codec";
import { fakeCall, fakeStore } from "../fake-store";
import { IDENTITY } from "../owner";
import { registrationObject, stackIdentityHandler } from "./handler";

const call = fakeCall("urn:pulumi:dev::p::builders:index:StackIdentity::identity");
const ID = "abcdefgh2345";
const registration = { store: { bucket: "b", region: "r" }, stack: "organization/p/dev" };

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

test("it says in the store what its stack is called, as long as there is one", async () => {
  const { store, handler } = given();
  const { outs } = await handler.create(decode({ identity: ID, registration }), call);
  expect(store.objects.get(registrationObject(ID))).toContain("organization/p/dev");
  // A renamed stack is the same.
  const renamed = { registration: { ...registration, stack: "organization/p/devel" } };
  expect(handler.diff(outs, renamed)).toEqual({ changes: true, replaces: [] });
  const after = await handler.update(ID, decode(outs), decode(renamed), call);
  expect(after).toEqual({ identity: ID, ...renamed });
  expect(store.objects.get(registrationObject(ID))).toContain("organization/p/devel");
  // Of what it said in passing nothing stays; what others hold is theirs.
  store.objects.set(`offers/${ID}/g1/image.json`, "{}");
  store.objects.set(`holds/${ID}/g1/other.json`, "{}");
  await handler.delete(ID, decode(after), call);
  expect([...store.objects.keys()]).toEqual([`holds/${ID}/g1/other.json`]);
});
