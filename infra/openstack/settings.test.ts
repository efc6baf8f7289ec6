import { expect, test } from "vitest";
import { pathOf } from "../../contract/schemas/parse";
import { imagesOf, placeAddress } from "../specs";
import { propertiesOf } from "./image";
import { openstackTarget } from "./settings";

const target = (more: object = {}) =>
  openstackTarget.parse({
    ...{ platform: "openstack", cloud: "osuosl", boot: { flavor: "builder", network: "general" } },
    ...more,
  });

test("another project, region or Keystone of one entry is another place: each is looked at by itself", () => {
  const spellings = [{}, { project: "a" }, { project: "b" }, { region: "a" }, { authUrl: "https://a.test:5000/v3" }];
  const addresses = spellings.map((more) => placeAddress(target(more)));
  expect(new Set(addresses).size).toBe(spellings.length);
  expect(placeAddress(target({ project: "a", visibility: "shared" }))).toBe(addresses[1]);
});

test("properties of an architecture stand above those of all, which stand above what is usual", () => {
  const place = target({
    properties: { hw_disk_bus: "scsi", hw_machine_type: "q35" },
    architectureProperties: { aarch64: { hw_machine_type: "virt", hw_firmware_type: "bios" } },
  });
  expect(propertiesOf("aarch64", place)).toEqual({
    ...{ architecture: "aarch64", hw_disk_bus: "scsi", hw_machine_type: "virt", hw_firmware_type: "bios" },
  });
  expect(imagesOf(place).bootedIn(place, "aarch64")).not.toEqual(imagesOf(place).bootedIn(place, "ppc64le"));
  expect(propertiesOf("ppc64le", place)).toEqual({
    architecture: "ppc64le",
    hw_disk_bus: "scsi",
    hw_machine_type: "q35",
  });
});

test("a member that is no id, and an address with a password, are mistakes", () => {
  const common = { platform: "openstack", cloud: "osuosl", boot: { flavor: "builder", network: "general" } };
  const read = (more: object) =>
    openstackTarget.safeParse({ ...common, ...more }).error?.issues.map(({ message }) => message);
  expect(read({ visibility: "shared", members: ["farm"] })).toEqual([
    '"farm" is not the id of a project, which is 32 hex digits; write the id that `openstack project show NAME` has',
  ]);
  expect(read({ visibility: "shared", members: ["0".repeat(32)] })).toBeUndefined();
  expect(read({ authUrl: "https://u:word@cloud.test/v3" })).toEqual([
    expect.stringMatching(/^holds a user or a password/),
  ]);
  expect(read({ authUrl: "https://cloud.test:5000/v3" })).toBeUndefined();
  expect(read({ endpointForWorkers: "https://u:word@image.test:9292" })).toEqual([
    expect.stringMatching(/^holds a user or a password/),
  ]);
  expect(read({ endpointForWorkers: "https://image.test:9292/?a=b" })).toEqual([expect.stringMatching(/^has a \?/)]);
  expect(read({ endpointForWorkers: "http://[2001:db8::5]:9292/image/v2/" })).toBeUndefined();
});

test("what Glance would refuse as a property an hour later is a mistake beforehand, each by its path", () => {
  const wrong = {
    properties: {
      min_ram: "512",
      os_hidden: "true",
      owner: "x",
      os_glance_failed_import: "",
      "copr-builders-sum": "y",
    },
    architectureProperties: { ppc64le: { locations: "z" }, riscv64: {} },
  };
  const common = { platform: "openstack", cloud: "osuosl", boot: { flavor: "builder", network: "general" } };
  const { error } = openstackTarget.safeParse({ ...common, ...wrong });
  expect(error?.issues.map((issue) => [...pathOf(issue)].join(".")).sort()).toEqual([
    ...["architectureProperties", "architectureProperties.ppc64le.locations"],
    ...["copr-builders-sum", "min_ram", "os_glance_failed_import", "os_hidden", "owner"].map(
      (name) => `properties.${name}`,
    ),
  ]);
});

test("a machine that is reached through a jump host has no floating IP", () => {
  const jumpHost = {
    ...{ host: "bastion.example.org", user: "core", privateKeyFile: "keys/bastion" },
    hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBPq4fO5gVbX2pUqVbB3k6l7Yy3mFqT0Yw7pQkqYb0Qx",
  };
  const boot = { flavor: "builder", network: "general", jumpHost };
  expect(target({ boot }).boot.jumpHost).toEqual({ ...jumpHost, port: 22 });
  const both = { platform: "openstack", cloud: "osuosl", boot: { ...boot, floatingNetwork: "public" } };
  const found = openstackTarget
    .safeParse(both)
    .error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  expect(found).toEqual([expect.stringMatching(/^boot\.floatingNetwork: .*without a floating IP; leave out one/)]);
});
