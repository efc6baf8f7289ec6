/** The same for rules of jobs, of types and plugins, and of whole stacks. */
import type { StackValidationPolicy } from "@pulumi/policy";
import { expect, it } from "vitest";
import { buildersArePinned } from "../rules/builders-are-pinned";
import { generationsAreFew } from "../rules/generations-are-few";
import { nobodyIsLetInFromEverywhere } from "../rules/nobody-is-let-in-from-everywhere";
import { pluginsArePinned } from "../rules/plugins-are-pinned";
import { promotingStacksBuildNothing } from "../rules/promoting-stacks-build-nothing";
import { resourcesAreOfKnownTypes } from "../rules/resources-are-of-known-types";
import { workersStartFromKnownOwners } from "../rules/workers-start-from-known-owners";
import { EIGHTHS, group, INGRESS, HEX, ofType, RULE, SSH, worker, job, tried } from "../testing/variants";

tried(resourcesAreOfKnownTypes, [
  ["a dynamic provider", ofType("pulumi-nodejs:dynamic:Resource", {}), "is of type pulumi-nodejs:dynamic:Resource"],
  ["an identity of IAM", ofType("aws:iam/role:Role", {}), "is of type aws:iam/role:Role"],
  ["a function", ofType("aws:lambda/function:Function", {}), "which nothing here declares"],
  ["a command here", ofType("command:local:Command", {}), "which nothing here declares"],
  ["a rule by itself", ofType(INGRESS, {}), "which nothing here declares"],
  ["one that looks like ours", ofType("builders:index:Machine", {}), "which nothing here declares"],
  ["one that the stack names", ofType(INGRESS, {}), undefined, { types: [INGRESS] }],
]);

tried(pluginsArePinned, [
  [
    "dynamic providers'",
    ofType("pulumi:providers:pulumi-nodejs", {}),
    "is a plugin that package-lock.json does not have",
  ],
  ["a newer one", ofType("pulumi:providers:aws", { version: "99.0.0" }), "is of version 99.0.0"],
]);

tried(workersStartFromKnownOwners, [
  ["of our own account", job({ ami: { owner: "self", name: "Fedora-*" } }), "an image of our own"],
  ["one that stands in", job({}, [{ ...worker, ami: { owner: "1", name: "copr-builder-*" } }]), "an image of our own"],
  ["a volume of ours", job({ platform: "libvirt", base: { volume: "copr-builder-x86_64-g1-abababab" } }), "of our own"],
  [
    "an image of ours in Glance",
    job({ platform: "openstack", image: "copr-builder-ppc64le-g1-abababab" }),
    "of our own",
  ],
  ["nobody's", job({ ami: undefined }), "does not say whose image it starts from; write one of 2", { owners: ["2"] }],
  ["a stranger's", job({ ami: { owner: "1", name: "Fedora-*" } }), "an image of 1; write one of 2", { owners: ["2"] }],
]);

const built = (builder: string) =>
  ofType("builders:index:EphemeralStack", { config: { job: { builder: { image: builder } } } });
tried(buildersArePinned, [
  ["no tag at all", built("quay.io/a/b"), "is named by a tag; write quay.io/a/b@sha256:"],
  ["a short digest", built("quay.io/a/b@sha256:abc"), "is named by a tag"],
  ["a digest after a blank", built(`quay.io/a/b @sha256:${HEX}`), "write quay.io/a/b@sha256:DIGEST"],
  ["a digest that is too long", built(`quay.io/a/b:1@sha256:${HEX}0`), "write quay.io/a/b@sha256:DIGEST"],
  ["a tag with its digest", built(`quay.io:443/a/b:1@sha256:${HEX}`), undefined],
]);

/** What a rule of a whole stack says of it. */
async function ofStack({ validateStack }: StackValidationPolicy, resources: readonly object[], options: object = {}) {
  const found: string[] = [];
  await validateStack({ resources, getConfig: () => options } as never, (message) => found.push(message));
  return found;
}

const rangesIn = (...ranges: readonly string[]) =>
  ranges.map((range) => {
    const cidr = range.includes(":") ? { ipv6CidrBlocks: [range] } : { cidrBlocks: [range] };
    return ofType(RULE, { type: "ingress", ...SSH, ...cidr });
  });
it("nobody-is-let-in-from-everywhere: parts of it in many resources, of either kind of address", async () => {
  const parts = Array.from({ length: 9 }, (_, at) => `2${at}00::/19`);
  expect(await ofStack(nobodyIsLetInFromEverywhere, rangesIn(...EIGHTHS))).toEqual([
    expect.stringContaining("the stack lets 40 ranges in, which are everywhere in parts"),
  ]);
  expect(await ofStack(nobodyIsLetInFromEverywhere, rangesIn(...parts))).toHaveLength(1);
  const jobs = EIGHTHS.map((operatorCidr) => job({ operatorCidr }));
  expect(await ofStack(nobodyIsLetInFromEverywhere, jobs)).toHaveLength(1);
});

it("nobody-is-let-in-from-everywhere: says nothing of a stack that it says of one resource, or of one range in many", async () => {
  const whole = group({ ...SSH, cidrBlocks: EIGHTHS });
  for (const resources of [
    [whole],
    rangesIn("0.0.0.0/1", "128.0.0.0/1"),
    rangesIn(...Array<string>(50).fill("11.0.0.0/8")),
  ])
    expect(await ofStack(nobodyIsLetInFromEverywhere, resources)).toEqual([]);
});

const promoting = { type: "builders:index:StackIdentity", name: "identity", props: { reads: {} } };
const runs = (program: string) => ({ type: "builders:index:EphemeralStack", name: "b", urn: "u", props: { program } });
it.each([
  "stacks/worker",
  "/home/me/stacks/worker/",
  "/home/me/stacks/./worker",
  "/home/me/stacks/boot-check/../worker",
])("promoting-stacks-build-nothing: %s builds", async (program) => {
  expect(await ofStack(promotingStacksBuildNothing, [promoting, runs(program)])).toHaveLength(1);
  expect(await ofStack(promotingStacksBuildNothing, [{ ...promoting, props: {} }, runs(program)])).toEqual([]);
});

it("generations-are-few: ten, where the stack says nothing", async () => {
  const kept = Array.from({ length: 11 }, (_, index) => ({ type: "builders:index:Generation", name: `g${index}` }));
  expect(await ofStack(generationsAreFew, kept.slice(1))).toEqual([]);
  expect(await ofStack(generationsAreFew, kept)).toEqual([expect.stringContaining("keeps 11 generations")]);
});
