import { readFileSync } from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { fileConfig } from "../../model/settings";
import { devel, NOW, objects, prod } from "../outputs/testing/farm";
import { gather, type Sources } from "./gather";
import { markdown } from "./markdown";
import { report } from "./report";

describe("gathering", () => {
  const config = {
    "copr-builders:store": { value: '{"bucket":"copr-images","region":"us-east-1"}' },
    "copr-builders:promotedBy": { value: '["prod","old"]' },
  };
  const stacks: Readonly<Record<string, unknown>> = { devel, prod };
  const sources = (more: Partial<Sources> = {}): Sources => ({
    pulumi: (...args) => {
      const stack = args.at(-1) ?? "";
      if (args[0] === "config") return JSON.stringify(stack === "devel" ? config : {});
      if (stacks[stack] === undefined) throw new Error(`no stack named '${stack}' found`);
      return JSON.stringify(stacks[stack]);
    },
    openStore: () => ({
      getBytes: (object) => {
        const list = objects.get(object);
        return Promise.resolve(list && Buffer.from(JSON.stringify(list)));
      },
    }),
    now: NOW,
    ...more,
  });

  it("reads the readers that the settings name, and the lists in the store", async () => {
    const gathered = await gather({ stack: "devel", beside: ["prod", "devel"] }, sources());
    expect(gathered).toMatchObject({ outputs: devel, packages: objects, store: "amazon" });
    expect(gathered.readers).toEqual([
      { stack: "prod", outputs: prod },
      { stack: "old", problem: `the outputs of stack "old" can't be read: no stack named 'old' found` },
    ]);
  });

  it("finds the store of a promoting stack where its images are built", async () => {
    const gathered = await gather({ stack: "prod", beside: [] }, sources());
    expect(gathered.store).toBe("amazon");
    expect([...gathered.packages.values()].every((list) => Array.isArray(list))).toBe(true);
  });

  it("reports all else when the store can't be read", async () => {
    const refuse = () => ({ getBytes: () => Promise.reject(new Error("AccessDenied")) });
    const gathered = await gather({ stack: "devel", beside: [] }, sources({ openStore: refuse }));
    expect([...gathered.packages.values()][0]).toEqual({ unreadable: "AccessDenied" });
    expect(markdown(report(gathered))).toContain("not compared: AccessDenied");
  });

  /** As `pulumi config --json` prints the settings of this repository's stacks. */
  const configOf = (stack: string) => {
    const file = readFileSync(path.join(__dirname, "..", "..", `Pulumi.${stack}.yaml`), "utf8");
    return Object.fromEntries(Object.entries(fileConfig(file)).map(([key, value]) => [key, { value }]));
  };
  const configured = (change: object = {}) =>
    sources({
      pulumi: (...args) => {
        const stack = args.at(-1) ?? "";
        return JSON.stringify(args[0] === "config" ? { ...configOf(stack), ...change } : stacks[stack]);
      },
    });

  it("reads what is due from the settings of the stack that builds, and of those that promote", async () => {
    const { schedule } = await gather({ stack: "devel", beside: [] }, configured());
    expect(schedule.building).toMatchObject({
      stack: "devel",
      generations: devel.generations,
      settings: { keepGenerations: 2, rebuildAfterDays: 7 },
    });
    expect(schedule.promoting).toMatchObject([
      { stack: "prod", used: prod.generations, settings: { promote: { from: "devel", soakDays: 7 } } },
    ]);
  });

  it("finds the same for a stack that promotes", async () => {
    const { schedule } = await gather({ stack: "prod", beside: [] }, configured());
    expect(schedule.building).toMatchObject({ stack: "devel", generations: devel.generations });
    expect(schedule.promoting.map(({ stack }) => stack)).toEqual(["prod"]);
  });

  it("reports all else where the settings have a mistake", async () => {
    const wrong = configured({ "copr-builders:keepGenerations": { value: "none" } });
    const gathered = await gather({ stack: "devel", beside: [] }, wrong);
    expect(gathered.schedule.building.settings).toEqual({
      problem: expect.stringMatching(/^stack devel: the settings have .*keepGenerations: must be a/),
    });
    expect(gathered.store).toBe("amazon");
    expect(markdown(report(gathered))).toContain("Not all of it is known: stack devel: the settings have");
  });
});
