import { expect, it } from "vitest";
import { fakeStore } from "../../provider/fake-store";
import { registrationObject } from "../../provider/stack-registration/handler";
import type { ReadStack } from "./stacks";
import { twins } from "./twin";

const identity = "abcdefgh2345";
const self = "organization/p/copy";
const registered = (stack: string) => fakeStore({ [registrationObject(identity)]: JSON.stringify({ stack }) });
const stacks: Readonly<Record<string, unknown>> = {
  "organization/p/dev": identity,
  "organization/p/other": "zzzzzzzz2222",
};
const read: ReadStack = (stack) =>
  stack in stacks ? Promise.resolve(() => stacks[stack]) : Promise.reject(new Error(`unknown stack "${stack}"`));

it("a copy of the state in a second stack is found, before either deletes the other's things", async () => {
  const [finding] = await twins({ identity, self, read, store: registered("organization/p/dev") });
  expect(finding?.problem).toContain("organization/p/dev");
});

it.each([
  ["the stack itself", self],
  ["its former name", "organization/p/before"],
  ["a stack that has another identity now", "organization/p/other"],
])("%s is no other", async (_what, stack) => {
  expect(await twins({ identity, self, read, store: registered(stack) })).toEqual([]);
});

it("without a registration there is nothing to find, and none is told of a store that does not answer", async () => {
  expect(await twins({ identity, self, read, store: fakeStore({}) })).toEqual([]);
  const away = { ...fakeStore({}), getJson: () => Promise.reject(new Error("no route")) };
  expect(await twins({ identity, self, read, store: away })).toEqual([]);
});
