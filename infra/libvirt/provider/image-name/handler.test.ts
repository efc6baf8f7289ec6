import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { decode } from "../../../../provider/codec";
import { fakeCall } from "../../../../provider/fake-store";
import { type FakeHypervisor, fakeHypervisor, lookAlikes, remember } from "../image/testing/hypervisor";
import { IDENTITY, imageInputs, NAME, type Stacks, stacks } from "../image/testing/stacks";
import { libvirtImageNameHandler } from "./handler";

const call = fakeCall("urn:pulumi:dev::p::builders:index:LibvirtImageName::n");
let hypervisor: FakeHypervisor;
let server: Stacks;

beforeAll(async () => {
  server = await stacks();
});
afterAll(() => server.close());
beforeEach(() => {
  hypervisor = fakeHypervisor();
  server.reset();
});

const inputs = (resource: string, identity = IDENTITY) => {
  const { uri, pool, name } = imageInputs();
  return { uri, pool, name, owner: { identity, resource } };
};
const remove = async (state: object) =>
  libvirtImageNameHandler({ run: hypervisor.run }).delete("i", decode(state), call);

test("owns what is not there yet, and deletes what a killed run has left under its mark", async () => {
  const handler = libvirtImageNameHandler({ run: hypervisor.run });
  const { outs } = await handler.create(decode(inputs("image.a")), call);
  await remove(outs);
  await server.stack(hypervisor, []).create(imageInputs({ owner: { identity: IDENTITY, resource: "image.a" } }));
  lookAlikes(hypervisor, NAME, IDENTITY, 3);
  await remove(outs);
  expect(remember(hypervisor, NAME)).toEqual({});
  expect(Object.keys(remember(hypervisor))).not.toHaveLength(0);
});

test.each([
  ["another stack's", { identity: "abcdefgh2346", resource: "image.a" }],
  ["another resource's", { identity: IDENTITY, resource: "image.b" }],
])("leaves %s volume of that name alone", async (_what, owner) => {
  await server.stack(hypervisor, []).create(imageInputs({ owner }));
  const before = remember(hypervisor);
  await remove(inputs("image.a"));
  expect(remember(hypervisor)).toEqual(before);
});

test("another spelling of the place is an update, another name another volume", () => {
  const { diff } = libvirtImageNameHandler({ run: hypervisor.run });
  const olds = inputs("image.a");
  expect(diff(olds, { ...olds, uri: "qemu+ssh://root@localhost/system" })).toEqual({ changes: true, replaces: [] });
  expect(diff(olds, { ...olds, name: "other" })).toEqual({ changes: true, replaces: ["name"] });
  expect(diff(olds, olds).changes).toBe(false);
});
