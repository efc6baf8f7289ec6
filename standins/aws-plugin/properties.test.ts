import { describe, expect, it } from "vitest";
import { secret, UNKNOWN, urn } from "../../provider-kit/testing/wire";
import { compare, complete, foresee, isSame, refreshed, stateOf } from "./properties";
import { RESOURCES } from "./resources";

function kind(type: string) {
  const found = RESOURCES[type];
  if (found === undefined) throw new Error(`no ${type}`);
  return found;
}
const group = kind("aws:ec2/securityGroup:SecurityGroup");
const GROUP = urn("aws:ec2/securityGroup:SecurityGroup", "web");
const seed = Buffer.from("seed");

describe("names", () => {
  it("are the same in a preview and in the update after it, and stay", () => {
    const first = complete(group, GROUP, {}, {}, seed);
    expect(first["name"]).toMatch(/^web-[0-9a-f]{7}$/);
    expect(complete(group, GROUP, {}, {}, seed)).toEqual(first);
    expect(complete(group, GROUP, first, {}, Buffer.from("later"))["name"]).toBe(first["name"]);
    // What replaces it is asked for without the olds.
    expect(complete(group, GROUP, {}, {}, Buffer.from("later"))["name"]).not.toBe(first["name"]);
  });

  it("that the program gave are not kept when it gives none any more", () => {
    const given = complete(group, GROUP, {}, { name: "given" }, seed);
    expect(given["__defaults"]).toEqual(["description"]);
    expect(complete(group, GROUP, given, {}, seed)["name"]).not.toBe("given");
  });
});

describe("values", () => {
  it("are the same whatever the order of a list, and within the minute of a time", () => {
    expect(isSame([{ a: 1, b: [1, 2] }, { a: 2 }], [{ a: 2 }, { b: [2, 1], a: 1 }])).toBe(true);
    expect(isSame(["a", "a"], ["a", "b"])).toBe(false);
    expect(isSame("2031-01-01T00:00:00Z", "2031-01-01T00:00:00.000Z")).toBe(true);
    expect(isSame("2031-01-01T00:00:00Z", "2031-01-01T01:00:00+01:00")).toBe(true);
    expect(isSame("2031-01-01T00:00:00Z", "2031-01-01T00:02:00Z")).toBe(false);
  });

  it("that a refresh finds as they were given stay as they were given, secrets too", () => {
    const inputs = { name: secret("n"), rules: [{ port: 22 }, { port: 80 }], size: { gib: 8 }, other: "o" };
    const actual = {
      name: "n",
      rules: [
        { port: 80, self: false },
        { port: 22, self: false },
      ],
      size: { gib: 8, id: "vol-0" },
    };
    expect(refreshed(inputs, actual)).toEqual(inputs);
    const changed = { name: "m", rules: [{ port: 80, self: false }], size: { gib: 9, id: "vol-0" } };
    expect(refreshed(inputs, changed)).toEqual({
      name: secret("m"),
      rules: [{ port: 80, self: false }],
      size: { gib: 9 },
      other: "o",
    });
  });

  it("stay secret in the state where any part of the input is", () => {
    const inputs = { tags: { a: secret("x") }, name: "n", __defaults: [] };
    expect(stateOf(inputs, { tags: { a: "x" }, tagsAll: { a: "x", b: "y" }, name: "n", gone: undefined })).toEqual({
      tags: secret({ a: "x" }),
      tagsAll: secret({ a: "x", b: "y" }),
      name: "n",
    });
  });
});

describe("a comparison", () => {
  const defaultTags = {};
  const region = "us-east-1";
  const oldInputs = complete(group, GROUP, {}, { tags: { a: "1" }, ingress: [] }, seed);
  const olds = { ...oldInputs, region, tagsAll: { a: "1" } };
  const against = (news: Record<string, unknown>, more = {}) =>
    compare(group, { oldInputs, olds, news: { ...oldInputs, ...news }, defaultTags, region, ...more });

  it("finds what changes in place and what replaces", () => {
    expect(against({})).toEqual({ changed: [], replaces: [], deleteBeforeReplace: false });
    expect(against({ tags: { a: "2" } })).toEqual({ changed: ["tags"], replaces: [], deleteBeforeReplace: false });
    expect(against({ vpcId: UNKNOWN }).replaces).toEqual(["vpcId"]);
    expect(against({ ingress: UNKNOWN })).toMatchObject({ changed: ["ingress"], replaces: [] });
  });

  it("sees other tags of the provider, and another region", () => {
    expect(against({}, { defaultTags: { owner: "us" } })).toMatchObject({ changed: ["tagsAll"], replaces: [] });
    expect(against({}, { region: "eu-west-1" }).replaces).toEqual(["region"]);
    expect(against({ region }, { region: "eu-west-1" }).changed).toEqual(["region"]);
  });
});

describe("a preview", () => {
  it("of an update keeps what stays, and knows the new values", () => {
    const olds = { name: "n", arn: "arn:x", tags: { a: "1" }, tagsAll: { a: "1" } };
    expect(foresee(group, olds, { name: "n", tags: { a: "2" } }, { owner: "us" })).toEqual({
      name: "n",
      arn: "arn:x",
      tags: { a: "2" },
      tagsAll: { owner: "us", a: "2" },
    });
    expect(foresee(group, olds, { name: "n", tags: UNKNOWN }, {})["tagsAll"]).toBe(UNKNOWN);
  });
});
