/** Answers of IBM Cloud that the stand-in gives nobody, as the reference allows them: all are read, or told in IBM's words. */
import { describe, expect, test } from "vitest";
import { openAccount } from "../../infra/ibm/provider/account";
import { readRefusal } from "../../infra/ibm/provider/errors";
import { findStock } from "../../infra/ibm/provider/stock";
import { openVpc } from "../../infra/ibm/provider/vpc";
import { fakeWait } from "./support/wait";

const named = (id: string, more: object = {}) => ({ id, name: id, crn: `crn:${id}`, ...more });
const zone = { name: "us-east-1" };
const vpcOf = (...answers: readonly unknown[]) => {
  let at = 0;
  const asked: string[] = [];
  const vpc = openVpc({
    ...{ region: "us-east", url: "https://us-east.test/v1", wait: fakeWait().wait },
    send: ({ url, query = {} }) => {
      asked.push(`${url} ${query["start"] ?? ""}`.trim());
      return Promise.resolve(answers[at++]);
    },
  });
  return { vpc, asked };
};

describe("VPC", () => {
  test.each<readonly [string, Parameters<ReturnType<typeof vpcOf>["vpc"]["list"]>[0], object]>([
    ["an image without an operating system", "images", named("a", { status: "available", visibility: "private" })],
    ["an image that has no file yet", "images", named("a", { status: "pending", visibility: "private", file: {} })],
    ["an instance without a network attachment", "instances", named("a", { status: "running", zone })],
    [
      "an instance with attachments of no volume",
      "instances",
      named("a", { status: "running", zone, volume_attachments: [{ id: "x" }] }),
    ],
    [
      "an instance with fields that nobody knows",
      "instances",
      named("a", { status: "running", zone, future: { x: [1] } }),
    ],
    [
      "a floating IP bound to what has no name",
      "floating_ips",
      named("a", { status: "available", zone, address: "192.0.2.1", target: { id: "x" } }),
    ],
    ["a floating IP bound to nothing", "floating_ips", named("a", { status: "available", zone, address: "192.0.2.1" })],
    [
      "a subnet without a gateway",
      "subnets",
      named("a", { status: "available", zone, vpc: { id: "v" }, available_ipv4_address_count: 0 }),
    ],
    ["a volume", "volumes", named("a", { status: "available", capacity: 16_000 })],
    ["a network interface without a state", "virtual_network_interfaces", named("a")],
  ])("lists with %s are read", async (_what, kind, thing) => {
    const { vpc } = vpcOf({ [kind]: [thing, thing], total_count: 2, limit: 50, first: { href: "x" } });
    expect(await vpc.list(kind)).toHaveLength(2);
  });

  test.each<readonly [string, unknown, number]>([
    ["a whole address", { href: "https://us-east.iaas.cloud.ibm.com/v1/keys?limit=1&start=abc" }, 2],
    [
      "an address of another host: only where it starts is believed",
      { href: "https://elsewhere.test/v1/keys?start=abc" },
      2,
    ],
    ["a path", { href: "/v1/keys?start=abc" }, 2],
    ["an address without a start", { href: "https://us-east.iaas.cloud.ibm.com/v1/keys" }, 1],
    ["nothing", null, 1],
  ])("the next page is %s", async (_what, next, pages) => {
    const { vpc, asked } = vpcOf({ keys: [named("a")], next }, { keys: [named("b")] });
    expect(await vpc.list("keys")).toHaveLength(pages);
    expect(asked.slice(1)).toEqual(pages === 2 ? ["https://us-east.test/v1/keys abc"] : []);
  });

  test.each<readonly [string, object, object]>([
    ["with a fixed number of vCPUs", { vcpu_count: { type: "fixed", value: 4 } }, { vcpu_count: { value: 4 } }],
    ["with a choice of vCPUs", { vcpu_count: { type: "range", min: 2, max: 8, default: 2, step: 2 } }, {}],
    ["whose vCPUs depend on the host", { vcpu_count: { type: "dependent" } }, {}],
    ["of an older version of the API", { zones: undefined }, { zones: [] }],
    ["of an older generation", { status: "previous" }, { status: "previous" }],
  ])("a profile %s is read", async (_what, more, expected) => {
    const { vpc } = vpcOf({
      name: "bx2-2x8",
      vcpu_architecture: { type: "fixed", value: "amd64" },
      zones: [zone],
      ...more,
    });
    expect(await vpc.known("instance/profiles", "bx2-2x8")).toMatchObject(expected);
  });

  test("the newest stock image is found among some without an operating system", async () => {
    const image = (id: string, day: string, system?: string) =>
      named(id, {
        ...{ status: "available", visibility: "public", created_at: `2026-01-${day}T00:00:00Z` },
        ...(system === undefined ? {} : { operating_system: { name: system, architecture: "amd64" } }),
      });
    const { vpc } = vpcOf({
      images: [image("a", "01", "u"), image("b", "03", "u"), image("c", "04"), image("d", "05", "v")],
    });
    expect(await findStock(vpc, { stockSystem: "u" })).toMatchObject({ id: "b" });
  });
});

describe("whether images may read a bucket", () => {
  const attribute = ([name, value]: readonly [string, string]) =>
    value.includes("*") ? { name, value, operator: "stringMatch" } : { name, value, operator: "stringEquals" };
  const attributes = (values: Readonly<Record<string, string>>) => [
    { attributes: Object.entries(values).map(attribute) },
  ];
  const images = { serviceName: "is", resourceType: "image" };
  const cos = { serviceName: "cloud-object-storage", accountId: "a" };
  const mayRead = (
    subject: Readonly<Record<string, string>>,
    resource: Readonly<Record<string, string>>,
    more: object = {},
  ) => {
    const claims = Buffer.from(JSON.stringify({ account: { bss: "a" } })).toString("base64url");
    const account = openAccount({
      ...{ iam: "https://iam.test", resourceManager: "https://rc.test", token: () => Promise.resolve(`x.${claims}.y`) },
      send: () =>
        Promise.resolve({
          policies: [
            {
              type: "authorization",
              state: "active",
              subjects: attributes(subject),
              resources: attributes(resource),
              ...more,
            },
          ],
        }),
    });
    return account.imagesMayRead("copr-images", "guid");
  };

  test.each<readonly [string, Readonly<Record<string, string>>, Readonly<Record<string, string>>, object, boolean]>([
    ["all of the account's storage", images, cos, {}, true],
    ["all that VPC does", { serviceName: "is" }, cos, {}, true],
    ["this instance", images, { ...cos, serviceInstance: "guid" }, {}, true],
    ["another instance", images, { ...cos, serviceInstance: "other" }, {}, false],
    ["this bucket", images, { ...cos, resourceType: "bucket", resource: "copr-images" }, {}, true],
    ["another bucket", images, { ...cos, resourceType: "bucket", resource: "other" }, {}, false],
    ["another bucket, without its type", images, { ...cos, resource: "other" }, {}, false],
    ["all buckets, by their type", images, { ...cos, resourceType: "bucket" }, {}, true],
    ["buckets by a pattern", images, { ...cos, resourceType: "bucket", resource: "copr-*" }, {}, true],
    ["other buckets by a pattern", images, { ...cos, resourceType: "bucket", resource: "test-*" }, {}, false],
    ["instances by a pattern", images, { ...cos, serviceInstance: "*" }, {}, true],
    ["what is not active", images, cos, { state: "deleted" }, false],
    ["another kind of thing as the reader", { serviceName: "is", resourceType: "instance" }, cos, {}, false],
    ["another service as the reader", { serviceName: "databases-for-etcd" }, cos, {}, false],
    ["another service that is read", images, { serviceName: "kms" }, {}, false],
    ["a policy that says nothing of resources", images, {}, {}, false],
  ])("by %s", async (_what, subject, resource, more, expected) => {
    expect(await mayRead(subject, resource, more)).toBe(expected);
  });
});

test.each<readonly [string, string, object]>([
  [
    "VPC",
    '{"errors":[{"code":"not_found","message":"m","target":{"name":"id","type":"parameter"}}],"trace":"t"}',
    { code: "not_found", message: "m (id)", requestId: "t" },
  ],
  [
    "VPC, without a word",
    '{"errors":[{}],"status_code":500}',
    { code: "no code", message: "no message", requestId: "r" },
  ],
  ["VPC, without an error", '{"errors":[],"trace":"t"}', { code: "no code" }],
  [
    "IAM's token service",
    '{"errorCode":"BXNIM0415E","errorMessage":"m","context":{"requestId":"q"}}',
    { code: "BXNIM0415E", message: "m", requestId: "q" },
  ],
  [
    "IAM's policies",
    '{"errors":[{"code":"c","message_code":"BX1","message":"m"}],"trace":"t"}',
    { code: "BX1", message: "m" },
  ],
  ["resource groups", '{"errors":[{"code":403,"message":"m"}]}', { code: "403", message: "m" }],
  [
    "the resource controller",
    '{"error_code":"RC-1","message":"m","status_code":400,"transaction_id":"x"}',
    { code: "RC-1", message: "m" },
  ],
  ["a gateway", "<html><body>502 Bad Gateway</body></html>", { message: "<html><body>502 Bad Gateway</body></html>" }],
  ["nobody", "", { message: "an empty answer" }],
])("a refusal of %s is told in its own words", (_what, text, expected) => {
  expect(readRefusal(text, "r")).toMatchObject(expected);
});
