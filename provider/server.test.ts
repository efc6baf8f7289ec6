import { expect, test } from "vitest";
import { Secret } from "./codec";
import { type Call, NO_CHANGES, PartialFailure, type ResourceHandler, neverUpdated } from "./handler";
import { parseUrn } from "../contract/urn";
import { resource } from "./package-schema";
import { makeProvider } from "./server";

const URN = "urn:pulumi:dev::proj::my:Component$builders:index:Thing::the-name";

function provider(handler: Partial<ResourceHandler>): ReturnType<typeof makeProvider> {
  const whole: ResourceHandler = {
    check: () => [],
    diff: () => NO_CHANGES,
    create: () => Promise.resolve({ id: "1", outs: {} }),
    read: () => Promise.resolve({}),
    update: neverUpdated,
    delete: () => Promise.resolve(),
    ...handler,
  };
  const silent = { status: () => undefined, info: () => undefined, warn: () => undefined };
  return makeProvider({
    version: "1.0.0",
    resources: { "builders:index:Thing": { handler: whole, schema: resource("A thing", {}, [], {}) } },
    log: { for: () => silent },
  });
}

test("finds the handler by the last type of the URN", () => {
  expect(parseUrn(URN)).toEqual({ stack: "dev", project: "proj", type: "builders:index:Thing", name: "the-name" });
  expect(() => provider({}).check(URN.replace("Thing", "Other"), {}, {})).toThrow(
    'no resource type "builders:index:Other"',
  );
});

test("outputs leave encoded", async () => {
  const create = (): Promise<{ id: string; outs: object }> =>
    Promise.resolve({ id: "1", outs: { gone: undefined, key: new Secret("k") } });
  const { outs } = await provider({ create: create as ResourceHandler["create"] }).create(URN, {});
  expect(outs).toEqual({
    key: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "k" },
  });
});

test("a resource that read finds gone has no id", async () => {
  const read = (): Promise<undefined> => Promise.resolve(undefined);
  expect(await provider({ read }).read("1", URN, {})).toEqual({ id: "", props: {} });
});

test("errors carry their causes in the message, which is all that the engine shows", async () => {
  const create = (): Promise<never> => Promise.reject(new Error("outer", { cause: new Error("inner") }));
  await expect(provider({ create }).create(URN, {})).rejects.toThrow("outer\ncaused by: inner");
});

test("cancel stops the work, leaving stops the cleaning up too, and idle waits for both", async () => {
  let call: Call | undefined;
  let finish = (): void => undefined;
  const create = (_inputs: unknown, given: Call): Promise<{ id: string; outs: object }> => {
    call = given;
    return new Promise((resolve) => {
      finish = () => resolve({ id: "1", outs: {} });
    });
  };
  const served = provider({ create: create as ResourceHandler["create"] });
  const creating = served.create(URN, {});
  await served.cancel();
  expect(call?.stop.aborted).toBe(true);
  expect(call?.gone.aborted).toBe(false);
  served.leave("the engine is gone");
  expect(call?.gone.reason).toMatchObject({ why: "engine gone" });
  let idle = false;
  const waiting = served.idle().then(() => {
    idle = true;
  });
  await Promise.resolve();
  expect(idle).toBe(false);
  finish();
  await creating;
  await waiting;
});

test("the schema is JSON and names every resource", () => {
  expect(JSON.parse(provider({}).schema)).toMatchObject({
    version: "1.0.0",
    resources: { "builders:index:Thing": { description: "A thing" } },
  });
});

test("what was made and is not ready goes to the engine with its id, so that it is not lost", async () => {
  const create = () => Promise.reject(new PartialFailure("late", "snap-1", { a: undefined, b: new Secret("s") }));
  const failed = await provider({ create })
    .create(URN, {})
    .catch((error: unknown) => error);
  expect(failed).toMatchObject({ message: "late", id: "snap-1", reasons: ["late"] });
  expect(failed).toMatchObject({ properties: { b: { value: "s" } } });
});
