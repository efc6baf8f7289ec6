import { expect, test } from "vitest";
import type { Finding, PlatformUse } from "../infra/platform";
import { build, good, WORKER, type Json } from "../model/settings/fixtures";
import { platformUses } from "./preflight";
import { askedAlone, choiceFindings } from "./preflight-choices";

const one = (path: string, more: object = {}): Finding => ({ path, problem: "is down", remedy: "mend it", ...more });
const worker = (index: number, findings: readonly Finding[]) => ({
  path: `architectures.s390x.worker[${index}]`,
  arch: "s390x" as const,
  findings,
});
const texts = (findings: readonly Finding[]) => findings.map(({ problem, note = false }) => [problem, note]);

test("what one of a list lacks is said, and no run waits for it as long as another lacks nothing", () => {
  const all = [worker(0, [one("a"), one("b")]), worker(1, []), worker(2, [one("c")])];
  expect(texts(choiceFindings(all))).toEqual([
    ["is down (architectures.s390x.worker[1] builds instead)", true],
    ["is down (architectures.s390x.worker[1] builds instead)", true],
    ["is down (architectures.s390x.worker[1] builds, and this one could not stand in)", true],
  ]);
});

test("where none can build, everything is missing, in the order of the list", () => {
  const all = [worker(10, [one("c")]), worker(2, [one("b", { note: true }), one("b2")]), worker(0, [one("a")])];
  expect(choiceFindings(all).map(({ path }) => path)).toEqual(["a", "b", "b2", "c"]);
  expect(texts(choiceFindings(all)).map(([, note]) => note)).toEqual([false, true, false, false]);
  // A note keeps nobody from building.
  expect(texts(choiceFindings([worker(0, [one("a", { note: true })])]))).toEqual([["is down", true]]);
});

test("each of a list is asked about alone, beside what else its platform is used for", () => {
  const near = (good()["architectures"] as Record<string, Json>)["x86_64"]?.["worker"] as Json;
  const uses = [...platformUses(build(good({ [WORKER]: [near, { ...near, vcpus: 8 }] })), "s")];
  const paths = ({ workers, places }: PlatformUse) => [...workers, ...places].map(({ path }) => path);
  const { together, alone } = askedAlone(uses);
  expect(together.map(([name, use]) => [name, ...paths(use)])).toEqual([["libvirt", "targets.hypervisor.hosts[0]"]]);
  expect(alone.map(({ use }) => paths(use))).toEqual([
    ["architectures.x86_64.worker[0]"],
    ["architectures.x86_64.worker[1]"],
  ]);
  const single = [...platformUses(build(good()), "s")];
  expect(askedAlone(single)).toEqual({ together: single, alone: [] });
});
