import { setImmediate as settle } from "node:timers/promises";
import { expect, test } from "vitest";
import { Turns } from "./turns";

test("no more than so many are at work, each comes to its turn, and other things wait for nothing", async () => {
  const turns = new Turns();
  let [now, most, done] = [0, 0, 0];
  const work = async (): Promise<void> => {
    now += 1;
    most = Math.max(most, now);
    await settle();
    now -= 1;
    done += 1;
  };
  const all = Array.from({ length: 20 }, () => turns.take("store", work, { most: 3 }));
  await turns.take("another store", () => Promise.resolve());
  await Promise.all(all);
  expect({ most, done }).toEqual({ most: 3, done: 20 });
});

test("who is stopped waits no longer, and takes nobody's turn", async () => {
  const turns = new Turns();
  let end: (said: string) => void = () => undefined;
  const working = turns.take("host", () => new Promise<string>((resolve) => (end = resolve)));
  const stop = new AbortController();
  const none = () => Promise.reject(new Error("is not begun"));
  const stopped = turns.take("host", none, { stop: stop.signal });
  const next = turns.take("host", () => Promise.resolve("next"));
  stop.abort(new Error("cancelled"));
  await expect(stopped).rejects.toThrow("cancelled");
  end("first");
  expect([await working, await next]).toEqual(["first", "next"]);
  await expect(turns.take("host", none, { stop: stop.signal })).rejects.toThrow("cancelled");
});

test("one after the other, and what one throws holds up none", async () => {
  const turns = new Turns();
  const said: string[] = [];
  const failing = turns.take("stack", async () => {
    await settle();
    said.push("first");
    throw new Error("broken");
  });
  const next = turns.take("stack", () => Promise.resolve(said.push("second")));
  await expect(failing).rejects.toThrow("broken");
  await next;
  expect(said).toEqual(["first", "second"]);
});
