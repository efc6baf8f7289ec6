import { expect, it } from "vitest";
import { asBefore } from "./as-before";
import { buildKey } from "./build-key";
import { digest, identity, ledgerAfter, NOW, settings } from "./fixtures";
import { plan } from "./plan";
import type { Identity } from "./types";

type Context = Extract<Identity["source"], { kind: "context" }>;
const source = identity.source as Context;
const withArgs = (buildArgs: Record<string, string>, from = identity.from): Identity => ({
  ...identity,
  from,
  source: { ...source, buildArgs },
});
const unused = { ...identity.from, "quay.io/unused:1": digest("a") };
const key = (one: Identity) => buildKey({ identity: one, arch: "x86_64", refresh: 0 });
/** V has an ARG, U has none. */
const takes = (name: string) => name === "V";

it("images of unused stages and arguments without ARG, which an older version counted, build nothing", () => {
  const before = withArgs({ V: "42", U: "1" }, unused);
  const now = asBefore(identity, before, takes);
  expect(key(now)).toBe(key(before));
  const ledger = ledgerAfter(plan({ settings: settings(), identity: before, ledger: [], now: NOW }));
  expect(plan({ settings: settings(), identity: now, ledger, now: NOW }).action).toBe("unchanged");
  expect(plan({ settings: settings(), identity, ledger, now: NOW }).action).toBe("new");
});

it("what has changed is a change", () => {
  const before = withArgs({ V: "42", U: "1" }, unused);
  const moved = { "quay.io/fedora/fedora-bootc:42": digest("e") };
  const changes: Identity[] = [
    withArgs({ V: "43" }),
    // No longer given: the default of its ARG counts now.
    withArgs({}),
    withArgs({ V: "42" }, moved),
    { ...identity, source: { ...source, hash: "d".repeat(64) } },
    { ...identity, source: { ...source, containerfile: "other" } },
    { ...identity, source: { ...source, target: "other" } },
    { ...identity, source: { kind: "image", reference: "quay.io/x:1", digest: digest("1") } },
  ];
  for (const now of changes) expect(asBefore(now, before, takes)).toBe(now);
  expect(asBefore(identity, undefined, takes)).toBe(identity);
});
