import { expect, it } from "vitest";
import { nameOf, parseUrn, typeOf } from "./urn";

const URN = "urn:pulumi:dev::farm::builders:index:ImageBuild$aws:ec2/instance:Instance::worker::of::x86_64";

it("reads the type below its parents, and a name with colons", () => {
  const parts = { type: "aws:ec2/instance:Instance", name: "worker::of::x86_64" };
  expect(parseUrn(URN)).toEqual({ stack: "dev", project: "farm", ...parts });
  expect({ type: typeOf(URN), name: nameOf(URN) }).toEqual(parts);
});

it("refuses what is none, or gives it back where it is only shown", () => {
  expect(() => parseUrn("urn:pulumi:dev::farm::type")).toThrow(/not a resource URN/);
  expect([nameOf("something"), typeOf("something")]).toEqual(["something", ""]);
});
