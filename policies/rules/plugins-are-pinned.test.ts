import { expect, it } from "vitest";
import { dependencies } from "../../package.json";
import { problems as asked } from "../testing/problems";
import { pluginsArePinned } from "./plugins-are-pinned";

/** package.json asks for one version. */
const { "@pulumi/aws": version } = dependencies;

/** What the rule says of a plugin of this name. */
const problems = (name: string, props: object, versions: object = {}): Promise<string[]> =>
  asked(pluginsArePinned, { type: `pulumi:providers:${name}`, props }, { versions });

it("takes the version that is installed, or that the stack names", async () => {
  expect(await problems("aws", { version })).toEqual([]);
  expect(await problems("aws", { version: "1.0.0" }, { aws: "1.0.0" })).toEqual([]);
  expect(await problems("builders", {})).toEqual([]);
  // What is read of other stacks is read by the engine itself.
  expect(await problems("pulumi", {})).toEqual([]);
  const instead = `leave its version out: it is ${version} then`;
  expect(await problems("aws", { version: "7.0.0" })).toEqual([`is of version 7.0.0; ${instead}`]);
  expect(await problems("aws", {})).toEqual([`is of any version; ${instead}`]);
  expect(await problems("builders", { version: "9.0.0" })).toEqual(['is of version "9.0.0"; leave its version out']);
});

it("knows no other plugin, whatever its name is", async () => {
  for (const name of ["random", "../../zod", "", "Aws"]) {
    expect(await problems(name, { version: "1.0.0" })).toEqual([
      expect.stringMatching(/^is a plugin that .* name its version/),
    ]);
  }
});
