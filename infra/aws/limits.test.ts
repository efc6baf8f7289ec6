import { describe, expect, it } from "vitest";
import { MOST_GIB, OWN_TAGS } from "./limits";
import { awsTarget, awsWorker } from "./settings";

const WORKER = {
  ...{ platform: "aws", region: "us-east-1", instanceType: "c7i.xlarge", subnets: ["subnet-1"] },
  ...{ ami: { owner: "125523088429", name: "Fedora-*" }, operatorCidr: "203.0.113.7/32" },
};
const TARGET = {
  ...{ platform: "aws", regions: [{ name: "us-east-1", subnets: ["subnet-1"] }], operatorCidr: "203.0.113.7/32" },
  uploadRole: "arn:aws:iam::123456789012:role/upload",
};

/** `path: message` of each mistake, of a worker and of a target. */
function mistakes(schema: "worker" | "target", more: object): string[] {
  const parsed =
    schema === "worker"
      ? awsWorker({}).safeParse({ ...WORKER, ...more })
      : awsTarget({}).safeParse({ ...TARGET, ...more });
  return (parsed.error?.issues ?? []).map((issue) => `${issue.path.join(".")}: ${issue.message}`);
}

const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, "v"]));

describe.each(["worker", "target"] as const)("tags of a %s", (schema) => {
  it("may be as many and as long as EC2 takes, in any letters", () => {
    const tags = [many(50 - OWN_TAGS.length), { ["k".repeat(128)]: "é🙂".repeat(128) }, { "Kosten / Stelle": "" }];
    for (const good of tags) expect(mistakes(schema, { tags: good })).toEqual([]);
  });

  it.each([
    [{ "AWS:x": "1" }, /^tags.AWS:x: begins with aws:/],
    [{ Name: "mine" }, /^tags.Name: is a tag that this program sets; name yours otherwise/],
    [{ "copr-builders-owner": "me" }, /^tags.copr-builders-owner: is a tag that this program sets/],
    [{ "Copr-Builders-Stack": "prod" }, /^tags.Copr-Builders-Stack: is a tag that this program sets/],
    [{ ["k".repeat(129)]: "1" }, /has a key of 129 characters; EC2 takes 128/],
    [{ k: "🙂".repeat(257) }, /^tags.k: has 257 characters; EC2 takes 256/],
    [{ "": "1" }, /is a tag without a key/],
    [{ k: "a\nb" }, /^tags.k: has a control character/],
    [many(51 - OWN_TAGS.length), /^tags: has 41 tags; EC2 takes 50 with our own, so leave at most 40/],
  ])("%#", (tags, message) => expect(mistakes(schema, { tags })).toEqual([expect.stringMatching(message)]));
});

it("what says what is in an image is ours there alone", () => {
  for (const key of OWN_TAGS) {
    const refused = `tags.${key}: is a tag that this program sets; name yours otherwise`;
    expect(mistakes("target", { tags: { [key]: "x" } })).toEqual([refused]);
  }
  expect(mistakes("worker", { tags: { arch: "x86_64", name: "x" } })).toEqual([]);
});

describe("operatorCidr", () => {
  it.each(["203.0.113.7/32", "10.0.0.0/8", "128.0.0.0/8", "255.255.255.255/32"])("%s is good", (operatorCidr) =>
    expect(mistakes("target", { operatorCidr })).toEqual([]),
  );

  it.each([
    ["999.1.2.3/40", "is not an IPv4 range"],
    ["1.2.3.4/33", "is not an IPv4 range"],
    ["1.2.3.256/32", "is not an IPv4 range"],
    ["010.0.0.1/32", "is not an IPv4 range"],
    ["1.2.3.4", "is not an IPv4 range"],
    ["9.9.9.9/0", "admits everybody"],
    ["0.0.0.0/1", "admits everybody, or a good part of them; write the address that ssh"],
    ["128.0.0.0/1", "admits everybody"],
    ["254.0.0.0/7", "admits everybody"],
    ["203.0.113.7/24", "write 203.0.113.0/24, or 203.0.113.7/32"],
    ["255.255.255.255/8", "write 255.0.0.0/8"],
  ])("%s %s", (operatorCidr, message) => {
    expect(mistakes("worker", { operatorCidr })).toEqual([expect.stringContaining(message)]);
  });
});

it("a public image is deprecated after two years at the latest, any other after ten", () => {
  for (const [days, isPublic, good] of [
    ...([
      [730, true, true],
      [731, true, false],
    ] as const),
    ...([
      [3650, false, true],
      [3651, false, false],
      [4000, true, false],
    ] as const),
  ]) {
    const found = mistakes("target", { deprecateAfterDays: days, public: isPublic });
    expect(found).toEqual(good ? [] : [expect.stringMatching(/^deprecateAfterDays: .*(730|3650)/)]);
  }
  // Together with every other mistake.
  expect(mistakes("target", { deprecateAfterDays: 1000, public: true, operatorCidr: "me" })).toHaveLength(2);
});

it("volumes have a largest size, accounts are different ones", () => {
  const size = MOST_GIB + 1;
  expect(mistakes("worker", { diskGib: size, scratchGib: size })).toHaveLength(2);
  expect(mistakes("target", { volumeGib: size })).toHaveLength(1);
  expect(mistakes("target", { accounts: ["210987654321", "123456789012", "210987654321"] })).toEqual([
    'accounts.2: "210987654321" is [0] too; remove one',
  ]);
});
