import { expect, test } from "vitest";
import { placeAddress } from "../specs";
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
