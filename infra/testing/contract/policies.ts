/** What policies rely on: that they can read whatever a platform declares. */
import { expect } from "vitest";
import type { Facts, Props } from "../../policy-facts";
import { platformNamed } from "../../specs";
import { wasDeclared } from "./mocks";

/** What shared code declares in rooms' stead. */
const NEUTRAL = /^(builders:index:(SshKey|LoopbackPort)|pulumi:providers:\w+|test:index:Parent)$/;

/** Everything that was declared under names that begin so, as policies read it; each type must be one that the room says. */
export function readAsPolicies(platform: string, start: string): readonly Facts[] {
  const view = platformNamed(platform)?.policyView;
  if (view === undefined) throw new Error(`infra/platforms.ts has no "${platform}"`);
  return wasDeclared(start)
    .filter(({ type }) => !NEUTRAL.test(type))
    .map(({ type, inputs }) => {
      const read = view.types[type];
      if (read === undefined) throw new Error(`infra/${platform}/policy-view.ts does not know the type ${type}`);
      return read(plain(inputs), PROVIDER);
    });
}

/** One machine that ends by itself after so many minutes, and says all that rules ask. */
export function expectMachine(facts: readonly Facts[], minutes: number): void {
  const machines = facts.flatMap(({ machine }) => machine ?? []);
  expect(machines).toHaveLength(1);
  for (const { place, metadata, credentials, publicAddress } of machines) {
    expect([place, metadata, credentials, publicAddress]).not.toContain(undefined);
  }
  expect(machines.map(({ type, vcpus }) => type ?? vcpus)).not.toContain(undefined);
  expect(facts.flatMap(({ lifetime }) => lifetime ?? [])).toEqual([{ minutes }]);
  const volumes = facts.flatMap((one) => one.volumes ?? []);
  expect(volumes.length).toBeGreaterThan(0);
  for (const { encryption } of volumes) expect(encryption).toMatch(/^(yes|host)$/);
  for (const { from } of facts.flatMap(({ ingress }) => ingress ?? [])) expect(from).toBeTypeOf("string");
}

/** What settings say of a machine is what is declared of it then; the place is the provider's to say. */
export function expectForetold(made: readonly Facts[], { machine, lifetime, ingress }: Facts): void {
  const said = Object.entries(machine ?? {}).filter(([field]) => field !== "place");
  expect(made.flatMap((one) => one.machine ?? [])).toMatchObject(machine ? [Object.fromEntries(said)] : []);
  expect(made.flatMap((one) => one.lifetime ?? [])).toEqual(lifetime ? [lifetime] : []);
  if (ingress !== undefined) expect(made.flatMap((one) => one.ingress ?? [])).toEqual(ingress);
}

/** As rules of images want it. */
export function expectImage(facts: readonly Facts[]): void {
  const images = facts.flatMap(({ image }) => image ?? []);
  expect(images).toMatchObject([
    { name: expect.stringMatching(/\S/) as string, checksum: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
  ]);
  for (const { says, build } of images) expect([...Object.values(says), build]).not.toContain(undefined);
}

/** What a room's own providers are given is its own matter; that they say where they are is not. */
const PROVIDER: Props = { region: "here", uri: "here" };

/** Without the wrapping of secrets: policies are given what is inside. */
function plain(inputs: Props): Props {
  return Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, unwrapped(value)]));
}

function unwrapped(value: unknown): unknown {
  return typeof value === "object" && value !== null && "4dabf18193072939515e22adb298388d" in value && "value" in value
    ? value.value
    : value;
}
