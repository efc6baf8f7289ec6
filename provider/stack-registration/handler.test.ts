import { expect, test } from "vitest";
import { decode } from "../codec";
import { fakeCall, fakeStore } from "../fake-store";
import { registrationObject, stackRegistrationHandler } from "./handler";

const call = fakeCall("urn:pulumi:dev::p::builders:index:StackRegistration::registration");
const ID = "abcdefgh2345";
const args = { identity: ID, store: { bucket: "b", region: "r" }, stack: "organization/p/dev" };

test("it says in the store what its stack is called, as long as there is one", async () => {
  const store = fakeStore({});
  const handler = stackRegistrationHandler({ openStore: () => store });
  const { id, outs } = await handler.create(decode(args), call);
  expect(JSON.parse(store.objects.get(registrationObject(ID)) ?? "")).toEqual({ stack: "organization/p/dev" });
  expect(await handler.read(id, decode(outs), call)).toEqual(args);
  // A renamed stack is the same.
  const renamed = { ...args, stack: "organization/p/devel" };
  expect(handler.diff(outs, renamed)).toEqual({ changes: true, replaces: [] });
  expect(await handler.update(id, decode(outs), decode(renamed), call)).toEqual(renamed);
  expect(await handler.read(id, decode(outs), call)).toEqual(renamed);
  await handler.delete(id, decode(renamed), call);
  expect([...store.objects.keys()]).toEqual([]);
  expect(await handler.read(id, decode(renamed), call)).toBeUndefined();
});

test("another store or identity is another place to say it", () => {
  const handler = stackRegistrationHandler({ openStore: () => fakeStore({}) });
  expect(handler.diff(args, args)).toEqual({ changes: false, replaces: [] });
  const moved = { ...args, store: { bucket: "c", region: "r" } };
  expect(handler.diff(args, moved)).toEqual({ changes: true, replaces: ["store"] });
});
