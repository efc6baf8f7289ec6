/** A worker and boot checks that only a jump host reaches: the worker by a name that it alone knows, instances by private addresses. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DescribeInstancesCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Servers, type Address, type Machine } from "../../provider/ssh-client/testing/servers";
import { innerStacks, rightBytes } from "./support/check";
import { watchForLeaks } from "./support/leak-watch";
import type { Stack } from "./support/stack";
import { REGIONS, World } from "./support/world";

const BUILDER = "builder.internal:22";
const [REGION] = REGIONS;

const servers = new Servers();
const asked: string[] = [];
let world: World;
let jump: Machine;
let stack: Stack;

beforeAll(async () => {
  world = await World.start();
  jump = await servers.jumpHost(addressOf, asked);
  writeFileSync(join(world.folder, "bastion"), jump.login.private, { mode: 0o600 });
  stack = world.stack({ publish: ["aws"] });
  const { host: _, ...worker } = world.worker.settings;
  const { regions: inAws, ...aws } = world.target("aws");
  const behind = { jumpHost: jumpHost() };
  stack.set({
    "architectures.x86_64.worker": { ...worker, host: "builder.internal", port: 22, ...behind },
    // The range of the emulator's networks, where the jump host is.
    "targets.aws": {
      ...aws,
      regions: first(inAws, (region) => ({ ...region, ...behind, operatorCidr: "172.31.0.0/16" })),
    },
  });
  await stack.init();
});
afterAll(async () => {
  servers.close();
  await world.stop();
});

it("builds and boots through it, with its key in clear nowhere", async () => {
  const body = jump.login.private.split("\n")[2] ?? "";
  expect(body.length).toBeGreaterThan(40);
  const seen = watchForLeaks([join(stack.backend, ".pulumi")], { "the jump host's key": body });
  try {
    await stack.up();
  } finally {
    seen.stop();
  }
  expect(await rightBytes(world, stack)).toEqual([]);
  expect(asked).toContain(BUILDER);
  expect(asked.filter((name) => name.startsWith("172.31."))).not.toEqual([]);
  // The states of worker and checks were there to be looked at, and name the jump host.
  expect(seen.seen(({ name, text }) => name.endsWith(".json") && text.includes('"proxy"'))).toBeGreaterThan(1);
  expect(seen.leaks()).toEqual([]);
  expect(innerStacks(stack)).toEqual([]);
  await expect.poll(() => jump.open()).toBe(0);
});

it("is asked beforehand: another host key is found at its place, and nothing is made", async () => {
  stack.source("second");
  stack.set({ "architectures.x86_64.worker.jumpHost": { ...jumpHost(), hostKey: jump.login.public } });
  asked.length = 0;
  const { code, text } = await stack.pulumi.run("up", "--yes", "--skip-preview", "--stack", stack.name);
  expect(code).not.toBe(0);
  expect(text).toMatch(
    /architectures\.x86_64\.worker\.jumpHost\.hostKey: the jump host 127\.0\.0\.1:\d+: its host key is SHA256:/,
  );
  expect(asked).toEqual([]);
  await stack.destroy();
});

function jumpHost() {
  const { port, hostKey } = jump;
  return {
    host: "127.0.0.1",
    port,
    user: "core",
    hostKey: hostKey.public,
    privateKeyFile: join(world.folder, "bastion"),
  };
}

type Region = Readonly<Record<string, unknown>>;

function first(regions: unknown, change: (region: Region) => Region): Region[] {
  const [one = {}, ...more] = regions as Region[];
  return [change(one), ...more];
}

/** What the jump host's own resolver and routes know. */
async function addressOf(name: string): Promise<Address | undefined> {
  const [host = "", port = ""] = name.split(":");
  if (name === BUILDER) return { host: "127.0.0.1", port: Number(world.worker.settings["port"]) };
  const { ec2 } = world.emulator.clients({ region: REGION });
  const Filters = [{ Name: "private-ip-address", Values: [host] }];
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ Filters }));
  const address = Reservations[0]?.Instances?.[0]?.PublicIpAddress;
  return address === undefined ? undefined : { host: address, port: Number(port) };
}
