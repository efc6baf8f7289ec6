import { describe, expect, it } from "vitest";
import { ALL, AWS_TARGET, build, ENV, good, HOST, type Json } from "./fixtures";
import { readSettings, SettingsError } from "./index";

const NOW = new Date("2026-11-28T02:00:00Z");
const reason = "its disks are replaced";

const hosts = (...tempers: readonly Json[]): Json =>
  good({ "targets.hypervisor.hosts": tempers.map((temper, index) => ({ ...HOST, name: `h${index}`, ...temper })) });

function read(raw: Json) {
  const settings = readSettings({ source: raw, env: ENV, capabilities: ALL, now: NOW });
  if (settings.mode !== "build") throw new Error("expected a building stack");
  return settings;
}

function mistakes(raw: Json): readonly string[] {
  try {
    read(raw);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.mistakes;
    throw error;
  }
}

const until = (text: unknown) => mistakes(hosts({ paused: { until: text, reason } }));

describe("paused", () => {
  it("is kept beside the targets, which are as they were without it", () => {
    const settings = read(hosts({}, { paused: { until: "2026-12-05", reason } }));
    expect(settings.tempers).toEqual({ hypervisor: [{}, { paused: { until: "2026-12-05", reason } }] });
    expect(settings.targets).toEqual(read(hosts({}, {})).targets);
    expect(build(hosts({}, {}))).not.toHaveProperty("tempers");
  });

  it("is for places of any platform, also where the target is the place", () => {
    const paused = { until: "2026-12-05", reason };
    const region = { ...AWS_TARGET.regions[0], paused };
    const osuosl = { platform: "openstack", cloud: "osuosl", boot: { flavor: "f", network: "n" }, paused };
    const aws = { ...AWS_TARGET, regions: [region] };
    expect(read(good({ "targets.aws": aws, "targets.osuosl": osuosl })).tempers).toEqual({
      aws: [{ paused }],
      osuosl: [{ paused }],
    });
  });

  it("counts a day to its end, in UTC, and a time to the second", () => {
    expect(until("2026-11-28")).toEqual([]);
    expect(until("2026-11-28T02:00:01Z")).toEqual([]);
    expect(until("2026-11-28T04:00:01+02:00")).toEqual([]);
    expect(until("2026-11-28T02:00:01")).toEqual([]);
  });

  it("that has passed is a mistake that names it, with what to do", () => {
    const remedy = "is over; take `paused` away or give a later date";
    const path = "targets.hypervisor.hosts[0].paused.until";
    expect(until("2026-11-27")).toEqual([`${path}: 2026-11-27 ${remedy}`]);
    expect(until("2026-11-28T02:00:00Z")).toEqual([`${path}: 2026-11-28T02:00:00Z ${remedy}`]);
    expect(until("2026-11-28T03:30:00+02:00")).toEqual([`${path}: 2026-11-28T03:30:00+02:00 ${remedy}`]);
  });

  it("may be written without quotes, which reaches us as Go writes a time", () => {
    const { tempers } = read(hosts({ paused: { until: "2026-11-28 00:00:00 +0000 UTC", reason } }));
    expect(tempers?.["hypervisor"]?.[0]?.paused?.until).toBe("2026-11-28");
    expect(until("2026-11-28 06:00:00 +0000 UTC")).toEqual([]);
    expect(until("2026-11-28 01:00:00 +0000 UTC")[0]).toContain("2026-11-28T01:00:00Z is over");
  });

  it("says by path what is wrong with it, with all else that is wrong", () => {
    const wrong = hosts(
      { paused: { until: "soon", reason, why: 1 } },
      { paused: { until: "2026-02-30" }, pool: undefined },
      { paused: true, bestEffort: "yes" },
    );
    expect(mistakes(wrong)).toEqual([
      'targets.hypervisor.hosts[0].paused.until: "soon" is not a date; write a day, e.g. 2026-12-05, or a time, 2026-12-05T06:00:00Z',
      "targets.hypervisor.hosts[0].paused.why: unknown setting; known here: until, reason",
      expect.stringMatching(/^targets\.hypervisor\.hosts\[1\]\.pool: missing; /),
      expect.stringMatching(/^targets\.hypervisor\.hosts\[1\]\.paused\.until: "2026-02-30" is not a date; /),
      "targets.hypervisor.hosts[1].paused.reason: missing; say why, for whoever reads the report",
      "targets.hypervisor.hosts[2].paused: must be a map, got true",
      'targets.hypervisor.hosts[2].bestEffort: must be true or false, got "yes"',
    ]);
  });
});

it("bestEffort is a switch, and off is nothing", () => {
  expect(read(hosts({ bestEffort: true }, { bestEffort: false })).tempers).toEqual({
    hypervisor: [{ bestEffort: true }, {}],
  });
  expect(read(hosts({ bestEffort: false }))).not.toHaveProperty("tempers");
});
