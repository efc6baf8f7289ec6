/** Several machines and one store, each with a clock of its own; no test waits for real. */
import { beforeEach, describe, expect, test } from "vitest";
import { type FakeStore, fakeCall, fakeStore } from "../fake-store";
import { fakeMachine } from "./fake-machine";
import { Lease, type LeaseStore } from "./lease";
import { HeldError, type Machine } from "./lock";

const DAY = 24 * 3600_000;
const OBJECT = "leases/i/s.json";
const PROVIDER = "node /repo/plugin/main.ts 127.0.0.1:1";

/** Time that passes when the test says, on machines that may be suspended. */
class World {
  /** By a clock that is nobody's. */
  time = 0;
  private readonly hosts = new Map<
    string,
    { elapsed: number; suspended: boolean; sleepers: Set<[number, () => void]> }
  >();

  machine(host: string, clock: number, processes: Record<number, string> = { 40: PROVIDER }, pid = 40): Machine {
    const own = this.hosts.get(host) ?? { elapsed: 0, suspended: false, sleepers: new Set() };
    this.hosts.set(host, own);
    return fakeMachine({
      host,
      pid,
      processes,
      elapsed: () => own.elapsed,
      wallClock: () => this.time + clock,
      sleep: (ms) => new Promise((resolve) => own.sleepers.add([own.elapsed + ms, resolve])),
    });
  }

  suspend(host: string, suspended: boolean): void {
    const own = this.hosts.get(host);
    if (own) own.suspended = suspended;
  }

  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      await settled();
      this.time += 1000;
      for (const own of this.hosts.values()) {
        if (own.suspended) continue;
        own.elapsed += 1000;
        for (const sleeper of own.sleepers) {
          if (sleeper[0] > own.elapsed) continue;
          own.sleepers.delete(sleeper);
          sleeper[1]();
        }
      }
    }
    await settled();
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let world: World;
let store: FakeStore;
beforeEach(() => {
  world = new World();
});

const take = (machine: Machine, more: { store?: LeaseStore; patienceSeconds?: number } = {}): Promise<Lease> =>
  Lease.take({
    store,
    object: OBJECT,
    stack: "s",
    machine,
    call: fakeCall("urn:pulumi:dev::p::builders:index:EphemeralStack::a"),
    patienceSeconds: 60,
    ...more,
  });

/** What has become of it so far. */
function watch(taking: Promise<Lease>): { readonly lease?: Lease; readonly error?: unknown } {
  const seen: { lease?: Lease; error?: unknown } = {};
  taking.then(
    (lease) => (seen.lease = lease),
    (error: unknown) => (seen.error = error),
  );
  return seen;
}

async function taken(machine: Machine): Promise<Lease> {
  const seen = watch(take(machine));
  await world.pass(10);
  if (!seen.lease) throw new Error("not taken");
  return seen.lease;
}

const holder = (): unknown => (JSON.parse(store.objects.get(OBJECT) ?? "{}") as { host?: unknown }).host;

describe.each([{ conditions: true }, { conditions: false }])("a store that knows conditions: $conditions", (knows) => {
  let one: Machine;
  let other: Machine;
  beforeEach(() => {
    // The store's clock is wrong too: it is asked for differences alone.
    store = fakeStore({}, { now: () => world.time - 3 * DAY, ...knows });
    one = world.machine("one", 0);
    other = world.machine("other", 10 * DAY);
  });

  test("an owner that is gone is outlived after three minutes, with the lock of its engine and no other's", async () => {
    const lease = await taken(one);
    lease.engineStarted(41);
    await world.pass(1);
    world.suspend("one", true);
    const seen = watch(take(other));
    await world.pass(170);
    expect(seen).toEqual({});
    await world.pass(20);
    expect(seen.lease?.covers({ user: "me", host: "one", pid: 41 })).toBe(true);
    expect(seen.lease?.covers({ user: "me", host: "one", pid: 42 })).toBe(false);
    expect(holder()).toBe("other");
  });

  test("one that lives is never robbed, whatever the clocks say", async () => {
    const lease = await taken(one);
    for (const patienceSeconds of [0, 60]) {
      const seen = watch(take(other, { patienceSeconds }));
      await world.pass(100);
      expect(seen.error).toBeInstanceOf(HeldError);
      expect(String(seen.error)).toContain("stack s is being worked on by me@one (process 40)");
    }
    await world.pass(3600);
    expect(lease.lost.aborted).toBe(false);
    await lease.end({ lockLeft: false });
    expect(store.objects.size).toBe(0);
  });

  test("one that ends is waited for", async () => {
    const lease = await taken(one);
    const seen = watch(take(other));
    await world.pass(40);
    await lease.end({ lockLeft: false });
    await world.pass(8);
    expect(seen.lease).toBeInstanceOf(Lease);
  });

  test("a suspended owner that was replaced stops as soon as it wakes, and writes nothing", async () => {
    const lease = await taken(one);
    world.suspend("one", true);
    const seen = watch(take(other));
    await world.pass(600);
    world.suspend("one", false);
    expect(lease.lost.aborted).toBe(false);
    await world.pass(5);
    expect(String(lease.lost.reason)).toContain("stack s is no longer ours: me@other (process 40) has taken it over");
    await lease.end({ lockLeft: false });
    await world.pass(300);
    expect(holder()).toBe("other");
    expect(seen.lease?.lost.aborted).toBe(false);
  });

  test("a suspended owner whose successor has finished already stops too", async () => {
    const lease = await taken(one);
    world.suspend("one", true);
    const seen = watch(take(other));
    await world.pass(200);
    await seen.lease?.end({ lockLeft: false });
    world.suspend("one", false);
    await world.pass(5);
    expect(String(lease.lost.reason)).toContain("its lease is gone");
    expect(store.objects.size).toBe(0);
  });

  test("a suspended owner that nobody has replaced goes on", async () => {
    const lease = await taken(one);
    world.suspend("one", true);
    await world.pass(600);
    world.suspend("one", false);
    await world.pass(600);
    expect(lease.lost.aborted).toBe(false);
  });

  test("of two that take it at the same time one gets it", async () => {
    const both = [watch(take(one)), watch(take(other))];
    await world.pass(20);
    expect(both.filter(({ lease }) => lease !== undefined)).toHaveLength(1);
    await world.pass(100);
    expect(both.filter(({ error }) => error instanceof HeldError)).toHaveLength(1);
  });
});

describe("an owner and its store", () => {
  beforeEach(() => {
    store = fakeStore({}, { now: () => world.time });
  });

  test("cut off, it stops before anybody may take the stack", async () => {
    let cut = false;
    const shaky: LeaseStore = {
      ...store,
      putVersion: (...all) => (cut ? Promise.reject(new Error("no route to host")) : store.putVersion(...all)),
    };
    const seen = watch(take(world.machine("one", 0), { store: shaky }));
    await world.pass(1);
    cut = true;
    const rival = watch(take(world.machine("other", 0)));
    await world.pass(130);
    expect(String(seen.lease?.lost.reason)).toMatch(/could not be written for 120 s.*\(no route to host\)/);
    expect(rival.lease).toBeUndefined();
    await world.pass(60);
    expect(rival.lease).toBeInstanceOf(Lease);
  });

  test("its own write, whose answer was lost and which the client tried again, is no other's", async () => {
    let writes = 0;
    const lossy: LeaseStore = {
      ...store,
      putVersion: async (...all) => {
        writes += 1;
        if (writes > 2 && writes % 2 === 1) await store.putVersion(...all);
        return store.putVersion(...all);
      },
    };
    const seen = watch(take(world.machine("one", 0), { store: lossy }));
    await world.pass(300);
    expect(seen.lease?.lost.aborted).toBe(false);
    expect(writes).toBeGreaterThan(10);
  });

  test("on the same machine a dead process holds nothing, a live one is waited for", async () => {
    const processes: Record<number, string> = { 40: PROVIDER, 50: PROVIDER };
    const lease = await taken(world.machine("one", 0, processes, 40));
    const next = world.machine("one", 0, processes, 50);
    const seen = watch(take(next));
    await world.pass(20);
    expect(seen).toEqual({});
    delete processes[40];
    await world.pass(2);
    expect(seen.lease).toBeInstanceOf(Lease);
    expect(lease.lost.aborted).toBe(false);
  });

  test("what may have left its lock leaves its lease, and is outlived through the next ones", async () => {
    const lease = await taken(world.machine("one", 0));
    lease.engineStarted(41);
    await lease.end({ lockLeft: true });
    const second = watch(take(world.machine("two", 0)));
    await world.pass(190);
    world.suspend("two", true);
    const third = watch(take(world.machine("three", 0)));
    await world.pass(190);
    expect(second.lease?.covers({ user: "me", host: "one", pid: 41 })).toBe(true);
    expect(third.lease?.covers({ user: "me", host: "one", pid: 41 })).toBe(true);
  });
});
