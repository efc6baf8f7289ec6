/** Reads of what was just made, as EC2's eventual consistency has them. */
import {
  CreateSecurityGroupCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, expect, it } from "vitest";
import { START_TIMEOUT, startForTests, type TestEmulator } from "./testing/emulator";

let emulator: TestEmulator;
beforeAll(async () => {
  emulator = await startForTests({ pendingReads: 0, unseenReads: 2 });
}, START_TIMEOUT);
afterAll(() => emulator.remove());

it("a new instance is not found by its id for some reads, nor in lists, while others are", async () => {
  const { ec2 } = emulator.clients();
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({}));
  const ImageId = Images.find((one) => one.Architecture === "x86_64")?.ImageId;
  const run = new RunInstancesCommand({ ImageId, InstanceType: "t3.large", MinCount: 1, MaxCount: 1 });
  const { Instances: [first] = [] } = await ec2.send(run);
  const InstanceIds = [first?.InstanceId ?? ""];
  const list = async () => {
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}));
    return Reservations.map(({ Instances = [] }) => Instances.map(({ InstanceId }) => InstanceId));
  };
  const byId = () => ec2.send(new DescribeInstancesCommand({ InstanceIds }));
  await expect(byId()).rejects.toMatchObject({ name: "InvalidInstanceID.NotFound" });
  expect(await list()).toEqual([]);
  expect((await byId()).Reservations?.[0]?.Instances?.[0]?.InstanceId).toBe(InstanceIds[0]);
  const { Instances: [second] = [] } = await ec2.send(run);
  expect(await list()).toEqual([InstanceIds]);
  await emulator.unseenReads(0);
  expect(await list()).toEqual([InstanceIds]);
  expect(await list()).toEqual([InstanceIds, [second?.InstanceId]]);
});

it("is of its region, and nothing is hidden after a reset to 0", async () => {
  await emulator.reset();
  const [here, there] = [emulator.clients().ec2, emulator.clients({ region: "eu-west-1" }).ec2];
  const { GroupId = "" } = await here.send(new CreateSecurityGroupCommand({ GroupName: "new", Description: "new" }));
  const byId = new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] });
  await expect(here.send(byId)).rejects.toMatchObject({ name: "InvalidGroup.NotFound" });
  await expect(there.send(byId)).rejects.toMatchObject({ name: "InvalidGroup.NotFound" });
  await expect(here.send(byId)).rejects.toMatchObject({ name: "InvalidGroup.NotFound" });
  expect((await here.send(byId)).SecurityGroups).toHaveLength(1);
});
