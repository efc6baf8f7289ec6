import { setImmediate as settle } from "node:timers/promises";
import { expect, test } from "vitest";
import { Turns } from "./turns";

const never = (): AbortSignal => new AbortController().signal;

test("no more than so many are at work, each comes to its turn, and other things wait for nothing", async () => {
  const turns = new Turns();
  let [now, most, done] = [0, 0, 0];
  const work = async (): Promise<void> => {
    const end = await turns.take("store", 3, never());
    now += 1;
    most = Math.max(most, now);
    await settle();
    now -= 1;
    done += 1;
    end();
  };
  const all = Array.from({ length: 20 }, work);
  await turns.take("another store", 1, never());
  await Promise.all(all);
  expect({ most, done }).toEqual({ most: 3, done: 20 });
});

test("who is stopped waits no longer, and takes nobody's turn", async () => {
  const turns = new Turns();
  const end = await turns.take("host", 1, never());
  const stop = new AbortController();
  const stopped = turns.take("host", 1, stop.signal);
  const next = turns.take("host", 1, never());
  stop.abort(new Error("cancelled"));
  await expect(stopped).rejects.toThrow("cancelled");
  end();
  (await next)();
  await expect(turns.take("host", 1, stop.signal)).rejects.toThrow("cancelled");
});
