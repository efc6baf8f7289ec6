/** Instances of the AWS emulator are real machines: entered, filled, registered as images, booted again, ended. */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, openSync, closeSync, readFileSync, readSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  GetConsoleOutputCommand,
  ImportKeyPairCommand,
  RegisterImageCommand,
  RunInstancesCommand,
  type Instance,
} from "@aws-sdk/client-ec2";
import { StartSnapshotCommand } from "@aws-sdk/client-ebs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  BLOCK_SIZE,
  completeCommand,
  putCommand,
  startForTests,
  type Block,
  type Clients,
  type TestEmulator,
} from "../../standins/aws-emulator/testing/emulator";
import { buildImages } from "../../cli/local/images";
import { kvmRuns } from "../../cli/local/kvm";
import { identify } from "../../cli/local/processes";
import { eventually } from "./support/wait";

const run = promisify(execFile);

let emulator: TestEmulator;
let aws: Clients;
let folder: string;
let workerDisk: string;

beforeAll(async () => {
  const built = await buildImages(console.log);
  workerDisk = built.workerDisk;
  folder = mkdtempSync(join(tmpdir(), "aws-guests-"));
  emulator = await startForTests({
    guests: { disks: { x86_64: workerDisk }, kvm: await kvmRuns(() => Promise.resolve(built.kernel)) },
    addressBlock: 99,
  });
  aws = emulator.clients();
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "key")]);
  const PublicKeyMaterial = readFileSync(join(folder, "key.pub"));
  await aws.ec2.send(new ImportKeyPairCommand({ KeyName: "key", PublicKeyMaterial }));
});

afterAll(async () => {
  await emulator.remove();
  rmSync(folder, { recursive: true });
});

async function launch(fields: Partial<RunInstancesCommand["input"]>): Promise<string> {
  const { Instances } = await aws.ec2.send(
    new RunInstancesCommand({
      ImageId: fields.ImageId,
      InstanceType: "c7i.xlarge",
      MinCount: 1,
      MaxCount: 1,
      KeyName: "key",
      InstanceInitiatedShutdownBehavior: "terminate",
      ...fields,
    }),
  );
  return Instances?.[0]?.InstanceId ?? "";
}

async function stockImage(architecture = "x86_64"): Promise<string | undefined> {
  const Filters = [{ Name: "architecture", Values: [architecture] }];
  return (await aws.ec2.send(new DescribeImagesCommand({ Filters }))).Images?.[0]?.ImageId;
}

async function read(id: string): Promise<Instance> {
  const { Reservations } = await aws.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  return Reservations?.[0]?.Instances?.[0] ?? {};
}

async function guest(id: string): Promise<number> {
  return (await emulator.stats()).instances[id]?.guest ?? 0;
}

/** A zombie that nobody has waited for yet doesn't. */
function lives(pid: number): boolean {
  return identify(pid) !== undefined;
}

/** Runs a command as root at the instance's public address, port 22. */
async function enter(id: string, command: string): Promise<string> {
  const { PublicIpAddress: address = "" } = await read(id);
  const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "ConnectTimeout=5", "LogLevel=ERROR"];
  const args = ["-i", join(folder, "key"), ...options.flatMap((option) => ["-o", option]), `root@${address}`, command];
  const { stdout } = await run("ssh", args, { timeout: 60_000 });
  return stdout;
}

async function entered(id: string, command: string): Promise<string> {
  return eventually("ssh to the instance", () => enter(id, command).catch(() => undefined), { seconds: 300 });
}

async function ended(id: string): Promise<Instance> {
  return eventually(
    "the instance to be terminated",
    async () => {
      const instance = await read(id);
      return instance.State?.Name === "terminated" ? instance : undefined;
    },
    { seconds: 60 },
  );
}

it("an instance of an architecture that no disk is there for starts nothing, and says so", async () => {
  const launched = launch({ ImageId: await stockImage("arm64"), InstanceType: "c7g.xlarge" });
  await expect(launched).rejects.toThrow(/no stock image of arm64 starts here/);
});

describe("an instance of a stock image", () => {
  let id: string;

  it("is entered at its own address, with its user data, key, disks, and a way to the emulator", async () => {
    const userData = "#cloud-config\nwrite_files:\n  - {path: /root/note, content: from user data}\n";
    id = await launch({
      ImageId: await stockImage(),
      UserData: Buffer.from(userData).toString("base64"),
      InstanceMarketOptions: { MarketType: "spot" },
      BlockDeviceMappings: [
        { DeviceName: "/dev/sda1", Ebs: { VolumeSize: 20, VolumeType: "gp3" } },
        { DeviceName: "/dev/sdf", Ebs: { VolumeSize: 160, VolumeType: "gp3", DeleteOnTermination: true } },
      ],
    });
    expect(await entered(id, "cat /root/note")).toBe("from user data");
    const scratch = (await read(id)).BlockDeviceMappings?.find((mapping) => mapping.DeviceName === "/dev/sdf");
    const serial = scratch?.Ebs?.VolumeId?.replace("-", "") ?? "?";
    const GiB = 1024 ** 3;
    expect(await enter(id, `lsblk -bdno SIZE /dev/disk/by-id/*${serial}`)).toBe(`${160 * GiB}\n`);
    expect(Number(await enter(id, "df -B1 --output=size / | tail -n 1"))).toBeGreaterThan(18 * GiB);
    const stats = await enter(id, `curl -s ${emulator.endpointForWorkers}/builders-emulator/stats`);
    expect(JSON.parse(stats)).toHaveProperty(["instances", id]);
    const { Output = "" } = await aws.ec2.send(new GetConsoleOutputCommand({ InstanceId: id }));
    expect(Buffer.from(Output, "base64").toString()).toContain("systemd");
  });

  it("is gone at once, with its disks, when spot capacity is taken", async () => {
    const pid = await guest(id);
    expect(lives(pid)).toBe(true);
    await emulator.takeSpotInstance(id);
    expect(lives(pid)).toBe(false);
    expect((await read(id)).StateReason?.Code).toBe("Server.SpotInstanceTermination");
    expect((await aws.ec2.send(new DescribeVolumesCommand({}))).Volumes).toEqual([]);
  });
});

/** The blocks of a raw disk that hold anything. */
function* blocksOf(disk: string): Generator<Block> {
  const file = openSync(disk, "r");
  const zero = Buffer.alloc(BLOCK_SIZE);
  try {
    for (let index = 0; index * BLOCK_SIZE < statSync(disk).size; index++) {
      const data = Buffer.alloc(BLOCK_SIZE);
      readSync(file, data, 0, BLOCK_SIZE, index * BLOCK_SIZE);
      if (!data.equals(zero)) yield { index, data };
    }
  } finally {
    closeSync(file);
  }
}

describe("an image that was put block by block", () => {
  let image: string;
  let id: string;

  beforeAll(async () => {
    const disk = join(folder, "disk.raw");
    execFileSync("qemu-img", ["convert", "-O", "raw", workerDisk, disk]);
    const VolumeSize = Math.ceil(statSync(disk).size / 1024 ** 3);
    const { SnapshotId: snapshot = "" } = await aws.ebs.send(new StartSnapshotCommand({ VolumeSize }));
    const blocks = [...blocksOf(disk)];
    rmSync(disk);
    const left = [...blocks];
    const put = async (): Promise<void> => {
      for (let block = left.pop(); block; block = left.pop()) await aws.ebs.send(putCommand(snapshot, block));
    };
    await Promise.all(Array.from({ length: 16 }, put));
    await aws.ebs.send(completeCommand(snapshot, blocks));
    const describeSnapshot = new DescribeSnapshotsCommand({ SnapshotIds: [snapshot] });
    await eventually(
      "the snapshot to be completed",
      async () => ((await aws.ec2.send(describeSnapshot)).Snapshots?.[0]?.State === "completed" ? true : undefined),
      { seconds: 30 },
    );
    const { ImageId = "" } = await aws.ec2.send(
      new RegisterImageCommand({
        Name: "put block by block",
        Architecture: "x86_64",
        VirtualizationType: "hvm",
        RootDeviceName: "/dev/sda1",
        BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { SnapshotId: snapshot, VolumeType: "gp3" } }],
      }),
    );
    image = ImageId;
    const describeImage = new DescribeImagesCommand({ ImageIds: [image] });
    await eventually(
      "the image to be available",
      async () => ((await aws.ec2.send(describeImage)).Images?.[0]?.State === "available" ? true : undefined),
      { seconds: 30 },
    );
  });

  it("boots, and powering off terminates the instance", async () => {
    id = await launch({ ImageId: image });
    expect(await entered(id, "cat /etc/debian_version")).toMatch(/^12/);
    const pid = await guest(id);
    await enter(id, "systemctl poweroff");
    expect((await ended(id)).StateReason?.Code).toBe("Client.InstanceInitiatedShutdown");
    expect(lives(pid)).toBe(false);
  });

  it("ends with the emulator, even if that is killed", async () => {
    const pid = await guest(await launch({ ImageId: image }));
    expect(lives(pid)).toBe(true);
    process.kill(emulator.pid, "SIGKILL");
    await eventually("the guest to end", () => (lives(pid) ? undefined : true), { seconds: 10 });
  });
});
