import { StartSnapshotCommand } from "@aws-sdk/client-ebs";
import { DescribeImagesCommand, DescribeSubnetsCommand, RunInstancesCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  START_TIMEOUT,
  putCommand,
  randomBlock,
  startForTests,
  type Clients,
  type TestEmulator,
} from "./testing/emulator";

let emulator: TestEmulator;
let aws: Clients;

beforeAll(async () => {
  emulator = await startForTests();
  aws = emulator.clients();
}, START_TIMEOUT);
afterAll(() => emulator.remove());
beforeEach(() => emulator.reset());

async function start(): Promise<string> {
  return (await aws.ebs.send(new StartSnapshotCommand({ VolumeSize: 1 }))).SnapshotId ?? "";
}

/** Names of the errors of so many calls, one after the other. */
async function outcomes(count: number, call: () => Promise<unknown>): Promise<string[]> {
  const names: string[] = [];
  for (let index = 0; index < count; index++) {
    names.push(
      await call().then(
        () => "ok",
        (error: Error) => error.name,
      ),
    );
  }
  return names;
}

const images = () => aws.ec2.send(new DescribeImagesCommand({ Owners: ["self"] }));

describe("faults", () => {
  it("strike so often, after so many calls, and only the action that is named", async () => {
    await emulator.faults({ action: "DescribeImages", after: 1, times: 2, code: "InternalError", status: 500 });
    expect(await outcomes(5, images)).toEqual(["ok", "InternalError", "InternalError", "ok", "ok"]);
    expect(await outcomes(1, start)).toEqual(["ok"]);
    expect((await emulator.stats()).calls["ec2:DescribeImages"]).toEqual({ allowed: 3, denied: 0, failed: 2 });
  });

  it("strike a share of the calls, which the SDK's own retries outlast", async () => {
    const id = await start();
    await emulator.faults(
      { action: "PutSnapshotBlock", rate: 0.1, status: 503, code: "ServiceUnavailable" },
      { action: "PutSnapshotBlock", rate: 0.1, code: "RequestThrottledException" },
    );
    const { ebs } = emulator.clients({ maxAttempts: 10 });
    await Promise.all(Array.from({ length: 60 }, (_, index) => ebs.send(putCommand(id, randomBlock(index)))));
    const { calls, snapshots } = await emulator.stats();
    expect(snapshots[id]?.blocks).toBe(60);
    expect(calls["ebs:PutSnapshotBlock"]?.failed).toBeGreaterThan(2);
  });

  it("cut the connection in the middle of a block", async () => {
    const id = await start();
    await emulator.faults({ action: "PutSnapshotBlock", times: 1, cutAtFraction: 0.4 });
    const put = () => aws.ebs.send(putCommand(id, randomBlock(0)));
    await expect(put()).rejects.toThrow(/ECONNRESET|EPIPE|socket hang up/);
    expect((await emulator.stats()).snapshots[id]?.blocks).toBe(0);
    await put();
    expect((await emulator.stats()).snapshots[id]?.blocks).toBe(1);
  });

  it("strike calls with certain parameters: spot capacity that is missing in one subnet", async () => {
    const { Images } = await aws.ec2.send(
      new DescribeImagesCommand({ Filters: [{ Name: "architecture", Values: ["x86_64"] }] }),
    );
    const { Subnets = [] } = await aws.ec2.send(new DescribeSubnetsCommand({}));
    const [full, other] = Subnets.map((subnet) => subnet.SubnetId ?? "");
    await emulator.faults({
      action: "ec2:RunInstances",
      match: { SubnetId: full ?? "", "InstanceMarketOptions.MarketType": "spot" },
      code: "InsufficientInstanceCapacity",
      status: 500,
    });
    const run = (SubnetId: string | undefined, spot: boolean) =>
      aws.ec2.send(
        new RunInstancesCommand({
          ImageId: Images?.[0]?.ImageId,
          InstanceType: "c7i.xlarge",
          MinCount: 1,
          MaxCount: 1,
          SubnetId,
          ...(spot ? { InstanceMarketOptions: { MarketType: "spot" } } : {}),
        }),
      );
    await expect(run(full, true)).rejects.toMatchObject({ name: "InsufficientInstanceCapacity" });
    await run(full, false);
    await run(other, true);
  });

  it("end when they are cleared, and a mistake in one is told", async () => {
    await emulator.faults({ action: "*" });
    expect(await outcomes(1, images)).toEqual(["ServiceUnavailable"]);
    await emulator.clearFaults();
    expect(await outcomes(1, images)).toEqual(["ok"]);
    await expect(emulator.faults({ action: "*", chance: 1 } as never)).rejects.toThrow(/chance/);
  });
});
