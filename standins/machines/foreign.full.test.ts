/**
 * Instances of the clouds that stand in, as machines of another architecture than this one's: what booted says by itself what it is.
 * The disks are those of `npm run local -- --arch ARCH`, which the first run makes.
 */
import { execFile, execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { DescribeImagesCommand, DescribeInstancesCommand, RunInstancesCommand } from "@aws-sdk/client-ec2";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { buildImages } from "../../cli/local/images";
import { becomes } from "../../cli/local/processes";
import { cloudConfig } from "../../infra/cloud-config";
import { openedOnce } from "../../infra/openstack/provider/clouds";
import { glanceImageHandler } from "../../infra/openstack/provider/image/handler";
import { novaMachineHandler } from "../../infra/openstack/provider/machine/handler";
import { storeDisk } from "../../infra/openstack/provider/testing/stored-disk";
import type { Arch } from "../../infra/words";
import { decode } from "../../provider/codec";
import { fakeCall } from "../../provider/fake-store";
import { realWait as wait } from "../../provider/wait";
import { startForTests } from "../aws-emulator/testing/emulator";
import { makeKey } from "../command-plugin/testing/sshd";
import { startIbmCloud } from "../ibm-cloud/start";
import { askAs } from "../ibm-cloud/testing/ask";
import { startOpenstack } from "../openstack/start";

/** A minute where there is nothing else to do. */
const BOOT_SECONDS = 15 * 60;

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "foreign-"));
const ends: (() => unknown)[] = [];
let userData: string;

beforeAll(() => {
  const [login, host] = [makeKey(folder, "login"), makeKey(folder, "host")];
  const keys = { hostPrivateKey: host.privateKey, hostPublicKey: host.publicKey };
  userData = cloudConfig({ authorizedKey: login.publicKey, ...keys, powerOffAfterMinutes: 60 });
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function workerDisk(arch: Arch): Promise<string> {
  const guests = join(__dirname, "../../toolchain/guests.sh");
  await run("bash", [guests, arch]);
  return (await buildImages(console.log, arch)).workerDisk;
}

/** What `uname -m` says there, once somebody can log in by the key of the user data. */
async function machineAt(address: string): Promise<string> {
  const known = join(folder, "known_hosts");
  const host = readFileSync(join(folder, "host.pub"), "utf8");
  await run("sh", ["-c", 'echo "$1 $2" > "$3"', "sh", address, host, known]);
  const options = ["BatchMode=yes", `UserKnownHostsFile=${known}`, "ConnectTimeout=20"].flatMap((one) => ["-o", one]);
  const args = ["-F", "none", "-i", join(folder, "login"), ...options, `root@${address}`, "uname -m"];
  let said = "";
  const enters = async (): Promise<boolean> => {
    said = await run("ssh", args).then(
      ({ stdout }) => stdout.trim(),
      () => "",
    );
    return said !== "";
  };
  expect(await becomes(enters, BOOT_SECONDS)).toBe(true);
  return said;
}

test("an arm64 instance of the AWS emulator is an aarch64 machine", async () => {
  const disks = { arm64: await workerDisk("aarch64") };
  const emulator = await startForTests({ guests: { disks, kvm: false }, addressBlock: 190 });
  ends.push(emulator.remove);
  const { ec2 } = emulator.clients();
  const Filters = [{ Name: "architecture", Values: ["arm64"] }];
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Filters }));
  const { Instances = [] } = await ec2.send(
    new RunInstancesCommand({
      ...{ ImageId: Images[0]?.ImageId, InstanceType: "c7g.xlarge", MinCount: 1, MaxCount: 1 },
      UserData: Buffer.from(userData).toString("base64"),
    }),
  );
  const InstanceIds = Instances.flatMap(({ InstanceId }) => InstanceId ?? []);
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ InstanceIds }));
  expect(await machineAt(Reservations[0]?.Instances?.[0]?.PublicIpAddress ?? "")).toBe("aarch64");
});

test("an s390x instance of IBM Cloud's stand-in is an s390x machine, whose boot volume is as large as was asked", async () => {
  const disk = await workerDisk("s390x");
  mkdirSync(join(folder, "cos/images"), { recursive: true });
  copyFileSync(disk, join(folder, "cos/images/disk.qcow2"));
  const cloud = await startIbmCloud({
    ...{ cos: { folder: join(folder, "cos"), location: "us-east" }, pendingReads: 0 },
    machines: { folder: join(folder, "ibm"), addressBlock: 191, emulated: {} },
  });
  ends.push(cloud.stop);
  const ask = await askAs(cloud);
  const file = { href: "cos://us-east/images/disk.qcow2" };
  const image = await ask("POST", "images", { name: "one", file, operating_system: { name: "ubuntu-24-04-s390x" } });
  await ask("GET", `images/${image.id}`);
  const { id } = await ask("POST", "instances", {
    ...{ name: "machine", profile: { name: "bz2-1x4" }, zone: { name: "us-east-1" }, image: { id: image.id } },
    ...{ vpc: { id: cloud.world.thing("vpcs", "builders")?.json.id }, user_data: userData },
    boot_volume_attachment: { volume: { name: "boot", capacity: 20, profile: { name: "general-purpose" } } },
    primary_network_attachment: {
      virtual_network_interface: {
        ...{ name: "machine", auto_delete: true },
        subnet: { id: cloud.world.thing("subnets", "builders-us-east-1")?.json.id },
      },
    },
  });
  const instance = await ask("GET", `instances/${id}`);
  expect(instance).toMatchObject({ status: "running" });
  const { primary_ip: ip } = instance["primary_network_attachment"] as { primary_ip: { address: string } };
  expect(await machineAt(ip.address)).toBe("s390x");
  await ask("DELETE", `instances/${id}`);
});

test("a ppc64le instance of a local OpenStack is a ppc64le machine", async () => {
  const raw = join(folder, "disk.raw");
  execFileSync("qemu-img", ["convert", "-O", "raw", await workerDisk("ppc64le"), raw]);
  const disk = await storeDisk(readFileSync(raw));
  ends.push(disk.close);
  const services = await startOpenstack(join(folder, "openstack"), {
    machines: { kind: "emulated", addressBlock: 192 },
  });
  ends.push(services.stop);
  process.env["OS_CLIENT_CONFIG_FILE"] = services.cloudsYaml;
  const call = fakeCall("urn:pulumi:foreign::p::builders:index:NovaMachine::m");
  const options = { openCloud: openedOnce(wait), wait };
  const of = { cloud: { cloud: "farm" }, name: "foreign" };
  const owner = { identity: "abcdefgh2345", resource: "image.place" };
  const image = await glanceImageHandler({ ...options, openStore: disk.openStore }).create(
    decode({ ...of, owner, ...disk.inputs, properties: { architecture: "ppc64le" } }),
    call,
  );
  const { outs } = await novaMachineHandler(options).create(
    decode({
      ...{ ...of, identity: owner.identity, image: image.id, flavor: "builder", network: "general" },
      ...{ securityGroups: ["default"], userData },
    }),
    call,
  );
  const { address } = outs as { address: string };
  expect(await machineAt(address)).toBe("ppc64le");
});
