import { describe, expect, it } from "vitest";
import type { Finding } from "../infra/platform";
import { AWS_TARGET, build, good, HOST } from "../model/settings/fixtures";
import { byTemper, pausedNotes } from "./preflight-tempers";

const settings = build(
  good({
    "targets.hypervisor.hosts": [
      { ...HOST, bestEffort: true },
      { ...HOST, name: "two", uri: "qemu+ssh://two/system", paused: { until: "2999-01-01", reason: "disks" } },
      { ...HOST, name: "three", uri: "qemu+ssh://three/system" },
    ],
    "targets.aws": { ...AWS_TARGET, regions: [{ ...AWS_TARGET.regions[0], bestEffort: true }] },
    "architectures.x86_64.publish": ["hypervisor", "aws"],
  }),
);
const finding = (path: string, problem: string): Finding => ({ path, problem, remedy: "mend it" });

describe("what is missing", () => {
  it("in a best-effort place holds up nothing, and is the reason why it is left alone", () => {
    const host = "targets.hypervisor.hosts[0]";
    const found = [finding(host, "no route"), finding(`${host}.pool`, "no such pool")];
    const { needed, spared } = byTemper(found, settings);
    expect(needed).toEqual([]);
    expect([...spared.values()]).toEqual(["no route; no such pool"]);
  });

  it("in required places, in a target or anywhere else is waited for", () => {
    const found = [
      finding("targets.hypervisor.hosts[2].pool", "no such pool"),
      finding("targets.aws.uploadRole", "no such role"),
      finding("store.bucket", "no such bucket"),
      finding("targets.aws.regions[01]", "alike is not the same"),
    ];
    expect(byTemper(found, settings)).toEqual({ needed: found, spared: new Map() });
  });
});

it("a paused place is named to whoever asks what is missing", () => {
  expect(pausedNotes(settings)).toEqual([
    expect.objectContaining({
      path: "targets.hypervisor.hosts[1]",
      problem: "hypervisor/two is paused until 2999-01-01: disks",
      note: true,
    }),
  ]);
});
