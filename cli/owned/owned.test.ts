import { describe, expect, it } from "vitest";
import { parts } from "../../infra";
import { publishingPlatforms } from "../../infra/specs";
import { offerObject } from "../../provider/holds";
import { parseCommand, UsageError } from "./command";
import { judge, missing, type Found } from "./judge";
import { ownedJson, ownedSchema } from "./json";
import { listText } from "./show";
import { identityOf, innerStacks, readState, type StateResource } from "./state";

const ID = "abcdefgh2345";
const NOW = new Date("2026-11-26T12:00:00Z");

async function ownedTypes(): Promise<string[]> {
  const known = publishingPlatforms();
  const types = await Promise.all(known.map(async ({ name }) => (await parts(name)).ownedTypes ?? []));
  return types.flat();
}
const OWNERS = {
  AMI: (id: string) => ({ "aws:ec2/ami:Ami": id }),
  volume: (id: string) => ({ "builders:index:LibvirtImage": id, "builders:index:LibvirtImageName": id }),
  object: (id: string) => ({ "builders:index:Artifact": id }),
};
const thing = (more: Partial<Found>): Found => ({
  ...{ platform: "aws", kind: "AMI", id: "ami-1", name: "copr-builder-x86_64-g1-abababab", where: "us-east-1" },
  owners: OWNERS[more.kind === "volume" || more.kind === "object" ? more.kind : "AMI"](more.id ?? "ami-1"),
  remove: () => Promise.resolve(),
  ...more,
});
const named = (object: string) => ({ id: object, name: object });
const resource = (type: string, id: string, outputs: Record<string, unknown> = {}): StateResource => ({
  ...{ type, id, outputs },
  name: `${id}-resource`,
});

const state = [
  resource("builders:index:StackIdentity", ID),
  resource("aws:ec2/ami:Ami", "ami-1", { name: "copr-builder-x86_64-g1-abababab" }),
  resource("builders:index:LibvirtImage", "qemu+ssh://one/system#images/v", {
    name: "v",
    uri: "qemu+ssh://one/system",
  }),
  resource("builders:index:Artifact", "builds/x", { objects: ["disks/x"] }),
];
const kinds = (found: Found[], inner: string[] = [], known: readonly StateResource[] | undefined = state) =>
  judge({ found, state: known, innerStacks: inner, used: new Map() }).map(({ verdict }) => verdict.kind);

describe("what was found", () => {
  it("is owned where the state has a resource that deletes it", () => {
    const volume = thing({ platform: "libvirt", kind: "volume", id: "v", name: "v", where: "qemu+ssh://one/system" });
    const object = thing({ platform: "store", kind: "object", id: "disks/x", name: "disks/x" });
    expect(kinds([thing({}), volume, object])).toEqual(["owned", "owned", "owned"]);
  });

  it("is orphaned where it does not, also where another hypervisor has one of that name", () => {
    const volume = thing({ platform: "libvirt", kind: "volume", id: "v", name: "v", where: "qemu+ssh://two/system" });
    expect(kinds([thing({ id: "ami-2", name: "other" }), volume])).toEqual(["orphaned", "orphaned"]);
  });

  it("is orphaned where a resource of another kind has that name, or mentions it", () => {
    const mentions = [
      resource("builders:index:LibvirtImageName", "x", { name: "copr-builder-x86_64-g1-abababab" }),
      resource("builders:index:EphemeralStack", "y", { image: "ami-1" }),
    ];
    expect(kinds([thing({})], [], mentions)).toEqual(["orphaned"]);
  });

  it("is owned by whom it names itself, however its place is spelled by now", () => {
    const own = resource("builders:index:LibvirtImage", "v", { name: "v", uri: "qemu:///system" });
    const there = { kind: "volume", id: "v", where: "qemu+ssh://localhost/system" };
    expect(kinds([thing({ ...there, resource: own.name })], [], [own])).toEqual(["owned"]);
    expect(kinds([thing({ ...there, resource: "another" })], [], [own])).toEqual(["orphaned"]);
  });

  it("is at work where it is a worker's, and no neighbour's of a name that begins alike", () => {
    const worker = `${ID}.build-x86_64-ab-worker.ab`;
    const machine = thing({ kind: "instance", id: "i-1", name: `${worker}-worker` });
    const alike = thing({ kind: "instance", id: "i-2", name: `${worker}0-worker` });
    const lease = thing({ platform: "store", id: "l", name: `leases/${ID}/${worker}.json` });
    expect(kinds([machine, alike, lease], [worker])).toEqual(["at work", "orphaned", "at work"]);
  });

  it("is at work while the worker of its build is there to fill it, and no other build's", () => {
    const of = (key: string) => thing({ kind: "image", id: key, owners: { "builders:index:Artifact": key } });
    const [ours, other] = ["ab".repeat(32), "cd".repeat(32)];
    expect(kinds([of(ours), of(other)], [`${ID}.build-x86_64-abababab-worker.abababab`])).toEqual([
      "at work",
      "orphaned",
    ]);
    const known = [resource("builders:index:Artifact", "builds/y", { key: ours })];
    expect(kinds([of(ours)], [`${ID}.build-x86_64-abababab-worker.abababab`], known)).toEqual(["owned"]);
  });

  it("is orphaned, all of it, where the stack is gone", () => {
    const [judged] = judge({ found: [thing({})], state: undefined, innerStacks: [], used: new Map() });
    expect(judged?.verdict).toEqual({ kind: "orphaned", why: "its stack is not there any more" });
  });

  it("is in use, though no state knows of it, where somebody uses it; not where a state does", () => {
    const used = new Map([
      ["ami-1", "held by prod"],
      ["v", "held by prod"],
    ]);
    const volume = thing({ kind: "volume", id: "v#1", name: "v" });
    const offer = thing({ platform: "store", kind: "object", ...named(offerObject(ID, "g1", "place.guard", "ami-1")) });
    const other = thing({
      platform: "store",
      kind: "object",
      ...named(offerObject(ID, "g1", "place.guard", "ami-12")),
    });
    expect(judge({ found: [thing({}), volume, offer, other], state: undefined, innerStacks: [], used })).toMatchObject([
      { verdict: { kind: "in use", by: "held by prod" } },
      { verdict: { kind: "in use", by: "held by prod" } },
      { verdict: { kind: "in use", by: "held by prod" } },
      { verdict: { kind: "orphaned" } },
    ]);
    expect(judge({ found: [thing({})], state, innerStacks: [], used })).toMatchObject([{ verdict: { kind: "owned" } }]);
  });

  it("and what was not, though the state stands for it, is missing", async () => {
    const types = await ownedTypes();
    expect(missing([], state, types).map(({ id }) => id)).toEqual(["ami-1", "qemu+ssh://one/system#images/v"]);
    expect(missing([thing({})], state, types).map(({ id }) => id)).toEqual(["qemu+ssh://one/system#images/v"]);
    // A hypervisor that was not looked at lacks nothing.
    expect(missing([], state, (await parts("aws")).ownedTypes ?? []).map(({ id }) => id)).toEqual(["ami-1"]);
  });
});

describe("the list", () => {
  const found = [
    thing({}),
    thing({ kind: "snapshot", id: "snap-2", name: "s", bytes: 20 * 2 ** 30, since: "2026-11-24T12:00:00Z" }),
  ];
  const shown = {
    ...{
      stack: "devel",
      identity: ID,
      judged: judge({ found, state, innerStacks: [], used: new Map() }),
      holds: ["prod holds g1"],
      unread: [],
      unseen: [],
      now: NOW,
    },
    missing: missing([], state, ["aws:ec2/ami:Ami", "builders:index:LibvirtImage"]),
  };

  it("says of an orphan since when it is there, why, and what it costs", () => {
    expect(listText(shown).split("\n")).toContain(
      "  snapshot snap-2 (s): aws us-east-1, for 2 days, 20.0 GiB, $1.00 a month, no state knows of it: its run was killed, or an older state was put back",
    );
  });

  it("is the same for programs", () => {
    const { things, missing: gone } = ownedSchema.parse(JSON.parse(JSON.stringify(ownedJson(shown))));
    expect(things[1]).toMatchObject({ kind: "snapshot", verdict: "orphaned", id: "snap-2", usdPerMonth: 1 });
    expect(gone).toHaveLength(2);
  });

  it("says who holds what", () => {
    expect(listText(shown)).toContain("held, so it is not deleted:\n  prod holds g1");
  });

  it("says of what somebody uses that it stays, and who may use what", () => {
    const used = judge({ found, state: [], innerStacks: [], used: new Map([["ami-1", "held by prod"]]) });
    const text = listText({ ...shown, judged: used, unread: ["held by other"] });
    expect(text).toMatch(/in use: 1\n {2}AMI ami-1 .*no state knows of it, held by prod\n/);
    expect(text).toContain("not known, so nothing is deleted:\n  held by other");
  });

  it("names what could not be looked at", () => {
    expect(listText({ ...shown, unseen: ["eu-west-1: denied"] })).toContain("not looked at: eu-west-1: denied");
  });
});

describe("the state", () => {
  const urn = "urn:pulumi:dev::p::builders:index:StackIdentity::identity";
  const answer = { deployment: { resources: [{ type: "builders:index:StackIdentity", urn, id: ID, outputs: {} }] } };

  it("is read from the stack, or is not there", () => {
    expect(identityOf(readState(() => JSON.stringify(answer), "dev") ?? [])).toBe(ID);
    const none = () => {
      throw new Error("error: no stack named 'dev' found");
    };
    expect(readState(none, "dev")).toBeUndefined();
    const denied = () => {
      throw new Error("error: access denied");
    };
    expect(() => readState(denied, "dev")).toThrow("access denied");
  });

  it("of inner stacks is told by the whole identity", () => {
    const list = [{ name: "dev" }, { name: `organization/p/${ID}.build` }, { name: `${ID}x.build` }];
    expect(innerStacks(() => JSON.stringify(list), ID)).toEqual([`${ID}.build`]);
  });
});

it("the command refuses what is no identity, and needs a stack", () => {
  expect(parseCommand(["--stack", "devel", "--delete"])).toEqual({
    stack: "devel",
    remove: true,
    gone: false,
    json: false,
  });
  expect(() => parseCommand([])).toThrow(UsageError);
  expect(() => parseCommand(["--stack", "d", "--identity", "devel"])).toThrow("12 of a-z and 2-7");
  expect(() => parseCommand(["--stack", "d", "--force"])).toThrow(UsageError);
});
