/** What IBM's API refuses, by its reference and guides, is refused here too: whatever our own client sends. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startIbmCloud, type IbmCloud } from "./start";

let cloud: IbmCloud;
let token: string;
/** Things that are there, by what the bodies below call them. */
let ids: Readonly<Record<string, string>>;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "refusals-"));
  mkdirSync(join(folder, "images"));
  execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", join(folder, "images", "d.qcow2"), "8M"]);
  cloud = await startIbmCloud({ pendingReads: 0, cos: { folder, location: "us-east" } });
  const grant = { grant_type: "urn:ibm:params:oauth:grant-type:apikey", apikey: cloud.world.apiKey };
  const answer = await fetch(`${cloud.url}/iam/identity/token`, { method: "POST", body: new URLSearchParams(grant) });
  token = ((await answer.json()) as { access_token: string }).access_token;
  const { world } = cloud;
  const id = (kind: string, name: string): string => world.thing(kind, name)?.json.id ?? "";
  const group = (name: string, vpc: string) =>
    world.add("security_groups", "us-east", name, { vpc: { id: id("vpcs", vpc) }, rules: [] }).json.id;
  ids = {
    ...{
      VPC: id("vpcs", "builders"),
      SUBNET: id("subnets", "builders-us-east-1"),
      OTHER: id("subnets", "another-us-east-1"),
    },
    ...{
      IMAGE: id("images", "ibm-ubuntu-24-04-3-minimal-amd64-1"),
      S390X: id("images", "ibm-ubuntu-24-04-3-minimal-s390x-1"),
    },
    ...{ GROUP: group("g", "builders"), THEIRS: group("t", "another") },
  };
});
afterAll(() => cloud.stop());

async function ask(method: string, path: string, body?: unknown, query = "version=2026-10-06&generation=2") {
  const text = JSON.stringify(body)?.replaceAll(
    /"(VPC|SUBNET|OTHER|IMAGE|S390X|GROUP|THEIRS)"/g,
    (_all, name: string) => JSON.stringify(ids[name]),
  );
  const answer = await fetch(`${cloud.url}/vpc/us-east/v1/${path}${path.includes("?") ? "&" : "?"}${query}`, {
    ...{ method, headers: { authorization: `Bearer ${token}` } },
    ...(text === undefined ? {} : { body: text }),
  });
  const said = (await answer.text()) || "{}";
  const { errors = [] } = JSON.parse(said) as { errors?: { code: string }[] };
  return `${answer.status} ${errors[0]?.code ?? ""}`.trim();
}

const image = {
  name: "i",
  file: { href: "cos://us-east/images/d.qcow2" },
  operating_system: { name: "ubuntu-24-04-amd64" },
};
const nic = { name: "n", subnet: { id: "SUBNET" }, security_groups: [{ id: "GROUP" }] };
const volume = (name: string, more: object = {}) => ({
  volume: { name, profile: { name: "general-purpose" }, ...more },
});
const instance = {
  ...{
    name: "m",
    profile: { name: "bx2-2x8" },
    zone: { name: "us-east-1" },
    vpc: { id: "VPC" },
    image: { id: "IMAGE" },
  },
  primary_network_attachment: { virtual_network_interface: nic },
};
const attached = (more: object) => ({ primary_network_attachment: { virtual_network_interface: { ...nic, ...more } } });
const rule = { direction: "inbound", protocol: "tcp", port_min: 22, port_max: 22 };
const group = { name: "s", vpc: { id: "VPC" } };
const key = { name: "k", public_key: "ssh-ed25519 AAAA", type: "ed25519" };
const DAY = 86_400_000;
const inDays = (days: number): string => new Date(Date.now() + days * DAY).toISOString();

test.each<readonly [string, string, object, string]>([
  ...["Capitals", "under_score", "a.dot", "1digit", "-dash", "dash-", "x".repeat(64), ""].map(
    (name) => [`the name "${name}"`, "images", { ...image, name }, "400 bad_field"] as const,
  ),
  ["a name of IBM's", "images", { ...image, name: "ibm-x" }, "400 invalid_value"],
  ["a raw file", "images", { ...image, file: { href: "cos://us-east/images/d.raw" } }, "400 bad_field"],
  ["an ending in capitals", "images", { ...image, file: { href: "cos://us-east/images/d.QCOW2" } }, "400 bad_field"],
  ["a file elsewhere", "images", { ...image, file: { href: "cos://eu-de/images/d.qcow2" } }, "400 bad_field"],
  ["an address of the web", "images", { ...image, file: { href: "https://x.test/d.qcow2" } }, "400 bad_field"],
  [
    "a system that nobody may use",
    "images",
    { ...image, operating_system: { name: "zos-3-1-s390x" } },
    "400 bad_field",
  ],
  ["no system", "images", { ...image, operating_system: undefined }, "400 bad_field"],
  ["a day that is over", "images", { ...image, deprecation_at: inDays(-1) }, "400 bad_field"],
  [
    "an end before the beginning of the end",
    "images",
    { ...image, deprecation_at: inDays(2), obsolescence_at: inDays(1) },
    "400 bad_field",
  ],
  ["a field that is none", "images", { ...image, disk_format: "raw" }, "400 bad_field"],
  ["a group that is not there", "images", { ...image, resource_group: { id: "x" } }, "400 bad_field"],
  ["a profile that is not there", "instances", { ...instance, profile: { name: "bx9-1x1" } }, "400 bad_field"],
  ["a profile of another architecture", "instances", { ...instance, profile: { name: "bz2-1x4" } }, "400 bad_field"],
  ["an image of another architecture", "instances", { ...instance, image: { id: "S390X" } }, "400 bad_field"],
  ["an image that is not there", "instances", { ...instance, image: { id: "r006-x" } }, "404 not_found"],
  ["another zone than the subnet's", "instances", { ...instance, zone: { name: "us-east-2" } }, "400 bad_field"],
  ["a subnet of another VPC", "instances", { ...instance, ...attached({ subnet: { id: "OTHER" } }) }, "400 bad_field"],
  [
    "a security group of another VPC",
    "instances",
    { ...instance, ...attached({ security_groups: [{ id: "THEIRS" }] }) },
    "400 bad_field",
  ],
  [
    "six security groups",
    "instances",
    { ...instance, ...attached({ security_groups: Array(6).fill({ id: "GROUP" }) }) },
    "400 bad_field",
  ],
  ["a VPC that is not there", "instances", { ...instance, vpc: { id: "x" } }, "404 not_found"],
  ["too much user data", "instances", { ...instance, user_data: "x".repeat(64 * 1024 + 1) }, "400 bad_field"],
  [
    "a small boot volume",
    "instances",
    { ...instance, boot_volume_attachment: volume("b", { capacity: 9 }) },
    "400 bad_field",
  ],
  [
    "a large boot volume",
    "instances",
    { ...instance, boot_volume_attachment: volume("b", { capacity: 251 }) },
    "400 bad_field",
  ],
  [
    "a large data volume",
    "instances",
    { ...instance, volume_attachments: [volume("d", { capacity: 16_001 })] },
    "400 bad_field",
  ],
  [
    "a volume of no profile",
    "instances",
    { ...instance, volume_attachments: [volume("d", { profile: { name: "fast" } })] },
    "400 bad_field",
  ],
  [
    "thirteen volumes",
    "instances",
    { ...instance, volume_attachments: Array.from({ length: 13 }, (_, n) => volume(`d-${n}`)) },
    "400 bad_field",
  ],
  [
    "two volumes of one name",
    "instances",
    { ...instance, boot_volume_attachment: volume("d"), volume_attachments: [volume("d")] },
    "400 validation_unique_failed",
  ],
  [
    "protocol all, which is no more",
    "security_groups",
    { ...group, rules: [{ direction: "inbound", protocol: "all" }] },
    "400 bad_field",
  ],
  ["ports of every protocol", "security_groups", { ...group, rules: [{ ...rule, protocol: "any" }] }, "400 bad_field"],
  ["ports the wrong way round", "security_groups", { ...group, rules: [{ ...rule, port_min: 23 }] }, "400 bad_field"],
  ["port 0", "security_groups", { ...group, rules: [{ ...rule, port_min: 0 }] }, "400 bad_field"],
  [
    "an address that is none",
    "security_groups",
    { ...group, rules: [{ ...rule, remote: { cidr_block: "here" } }] },
    "400 bad_field",
  ],
  ["251 rules", "security_groups", { ...group, rules: Array(251).fill(rule) }, "400 bad_field"],
  ["a name that is taken in the VPC", "security_groups", { ...group, name: "g" }, "400 validation_unique_failed"],
  ["a zone that is not there", "floating_ips", { name: "f", zone: { name: "us-east-9" } }, "400 bad_field"],
  ["nothing to be bound to", "floating_ips", { name: "f" }, "400 bad_field"],
  ["an interface that is not there", "floating_ips", { name: "f", target: { id: "x" } }, "404 not_found"],
  ["a kind of key that is none", "keys", { ...key, type: "dsa" }, "400 bad_field"],
])("%s is refused", async (_what, path, body, expected) => {
  expect(await ask("POST", path, body)).toBe(expected);
});

test.each<readonly [string, string, string, string | undefined, string]>([
  ["a page of 101", "GET", "images?limit=101", undefined, "400 invalid_value"],
  ["a page of nothing", "GET", "images?limit=0", undefined, "400 invalid_value"],
  ["a page that begins nowhere", "GET", "images?start=abc", undefined, "400 invalid_value"],
  ["no version", "GET", "images", "generation=2", "400 invalid_value"],
  ["a version of tomorrow", "GET", "images", "version=2999-01-01&generation=2", "400 invalid_value"],
  ["generation 1", "GET", "images", "version=2026-10-06&generation=1", "400 invalid_value"],
  ["an image that is gone", "DELETE", "images/r006-x", undefined, "404 not_found"],
  ["a change of a region", "DELETE", "regions/us-east", undefined, "403 not_authorized"],
  ["a path that is none", "GET", "servers", undefined, "404 not_found"],
])("%s is refused", async (_what, method, path, query, expected) => {
  expect(await ask(method, path, undefined, query)).toBe(expected);
});

test("what is right is taken, a second of its name or its key is not, and an interface has one floating IP", async () => {
  expect(await ask("POST", "images", { ...image, deprecation_at: inDays(1), obsolescence_at: inDays(2) })).toBe("201");
  expect(await ask("POST", "images", image)).toBe("400 validation_unique_failed");
  expect(await ask("POST", "keys", key)).toBe("201");
  expect(await ask("POST", "keys", { ...key, name: "k2" })).toBe("400 validation_unique_failed");
  expect(await ask("POST", "security_groups", { ...group, name: "t", rules: [rule] })).toBe("201");
  expect(await ask("POST", "instances", { ...instance, boot_volume_attachment: volume("b", { capacity: 250 }) })).toBe(
    "201",
  );
  const target = { id: cloud.world.thing("virtual_network_interfaces", "n")?.json.id };
  expect(await ask("POST", "floating_ips", { name: "f1", target })).toBe("201");
  expect(await ask("POST", "floating_ips", { name: "f2", target })).toBe("409 floating_ip_in_use");
  const volumeId = cloud.world.thing("volumes", "b")?.json.id ?? "";
  expect(await ask("DELETE", `volumes/${volumeId}`)).toBe("409 volume_in_use");
  expect(await ask("DELETE", `security_groups/${ids["GROUP"] ?? ""}`)).toBe("409 security_group_in_use");
});
