/** Instances that answer ssh for the very disk that their image was imported from. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isTaken } from "../../cli/local/daemon";
import { becomes } from "../../cli/local/processes";
import { cloudConfig } from "../../infra/cloud-config";
import { makeKey } from "../command-plugin/testing/sshd";
import { startIbmCloud, type IbmCloud } from "./start";
import { askAs, type Ask } from "./testing/ask";
import type { Json } from "./world";

const READY_SECONDS = 15;

let folder: string;
let cloud: IbmCloud;
let userData: string;
let ask: Ask;
let hostKey: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "ibm-light-"));
  const [login, host] = [makeKey(folder, "login"), makeKey(folder, "host")];
  hostKey = host.publicKey;
  const keys = { hostPrivateKey: host.privateKey, hostPublicKey: host.publicKey };
  userData = cloudConfig({ authorizedKey: login.publicKey, ...keys, powerOffAfterMinutes: 5 });
  const disk = join(folder, "disk.raw");
  writeFileSync(disk, Buffer.concat([Buffer.from("copr-builders light disk ab12\n"), Buffer.alloc(1 << 20)]));
  mkdirSync(join(folder, "cos/images"), { recursive: true });
  const object = join(folder, "cos/images/disk.qcow2");
  execFileSync("qemu-img", ["convert", "-c", "-f", "raw", "-O", "qcow2", disk, object]);
  cloud = await startIbmCloud({
    ...{ cos: { folder: join(folder, "cos"), location: "us-east" }, pendingReads: 0 },
    machines: { folder: join(folder, "machines"), addressBlock: 61 },
  });
  ask = await askAs(cloud);
});
afterEach(async () => {
  await cloud.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function importImage(): Promise<string> {
  const file = { href: "cos://us-east/images/disk.qcow2" };
  const { id } = await ask("POST", "images", { name: "one", file, operating_system: { name: "ubuntu-24-04-amd64" } });
  await ask("GET", `images/${id}`);
  return id;
}

/** As it is once it was looked at. */
async function startInstance(image: string, name = "machine"): Promise<Json> {
  const [vpc, subnet] = [cloud.world.thing("vpcs", "builders"), cloud.world.thing("subnets", "builders-us-east-1")];
  const network = { name, subnet: { id: subnet?.json.id }, auto_delete: true };
  const { id } = await ask("POST", "instances", {
    ...{
      name,
      profile: { name: "bx2-2x8" },
      zone: { name: "us-east-1" },
      vpc: { id: vpc?.json.id },
      image: { id: image },
    },
    ...{ user_data: userData, primary_network_attachment: { virtual_network_interface: network } },
  });
  return ask("GET", `instances/${id}`);
}

interface Attached {
  readonly virtual_network_interface: { readonly id: string };
  readonly primary_ip: { readonly address: string };
}
const attached = (instance: Json) => instance["primary_network_attachment"] as Attached;

function ssh(address: string): string | undefined {
  const known = join(folder, "known");
  writeFileSync(known, `${address} ${hostKey}\n`);
  const options = ["BatchMode=yes", "StrictHostKeyChecking=yes", `UserKnownHostsFile=${known}`, "ConnectTimeout=5"];
  const args = ["-F", "none", "-i", join(folder, "login"), ...options.flatMap((one) => ["-o", one]), `root@${address}`];
  try {
    const stdio = ["ignore", "pipe", "ignore"] as const;
    return execFileSync("ssh", [...args, "cat /usr/lib/copr-builder/build-key"], {
      encoding: "utf8",
      stdio: [...stdio],
    });
  } catch {
    return undefined;
  }
}

const answers = (address: string) => becomes(() => ssh(address) === "ab12\n", READY_SECONDS);

test("an instance that runs answers ssh at its address, for the disk of its image, until it is deleted", async () => {
  const instance = await startInstance(await importImage());
  const { address } = attached(instance).primary_ip;
  expect(instance["status"]).toBe("running");
  expect(address).toMatch(/^127\.61\./);
  expect(await answers(address)).toBe(true);
  await ask("DELETE", `instances/${instance.id}`);
  await expect(ask("GET", `instances/${instance.id}`)).rejects.toThrow("not_found");
  expect(await becomes(() => ssh(address) === undefined, READY_SECONDS)).toBe(true);
});

test("an emulated machine runs as long as its instance, on an image of IBM's too where there is a disk for it", async () => {
  await cloud.stop();
  const stock = join(folder, "stock.qcow2");
  execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", stock, "1G"]);
  cloud = await startIbmCloud({
    pendingReads: 0,
    machines: { folder: join(folder, "emulated"), addressBlock: 61, emulated: { stockDisks: { x86_64: stock } } },
  });
  ask = await askAs(cloud);
  const instance = await startInstance(cloud.world.thing("images", /^ibm-ubuntu.*amd64/)?.json.id ?? "");
  const { address } = attached(instance).primary_ip;
  expect(instance["status"]).toBe("running");
  // Nothing on the disk answers ssh; it is qemu that listens.
  expect(await becomes(() => isTaken(22, address), READY_SECONDS)).toBe(true);
  await ask("DELETE", `instances/${instance.id}`);
  await expect(ask("GET", `instances/${instance.id}`)).rejects.toThrow("not_found");
  expect(await becomes(async () => !(await isTaken(22, address)), READY_SECONDS)).toBe(true);
});

test("the image keeps its bytes when the object that it was imported from is gone", async () => {
  const image = await importImage();
  rmSync(join(folder, "cos/images/disk.qcow2"));
  const instance = await startInstance(image);
  expect(await answers(attached(instance).primary_ip.address)).toBe(true);
});

test("no instance runs from an image that nothing was imported for", async () => {
  const stock = cloud.world.thing("images", /^ibm-ubuntu.*amd64/);
  const instance = await startInstance(stock?.json.id ?? "");
  expect(instance).toMatchObject({ status: "failed", status_reasons: [{ code: "cannot_start" }] });
});

/** Over the stand-in's own event loop: `ssh` above would hold it up. */
function greeting(address: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(22, address);
    socket.on("error", () => resolve("")).on("close", () => resolve(""));
    socket.on("data", (bytes) => {
      resolve(bytes.toString());
      socket.destroy();
    });
  });
}
const greets = (address: string) => becomes(async () => (await greeting(address)).startsWith("SSH-"), READY_SECONDS);

test("a floating IP leads to what it is bound to, when it is bound and as long as it is", async () => {
  const instance = await startInstance(await importImage());
  const nic = attached(instance).virtual_network_interface.id;
  const ip = await ask("POST", "floating_ips", { name: "reserved", zone: { name: "us-east-1" } });
  const address = String(ip["address"]);
  expect(await greeting(address)).toBe("");
  await ask("PUT", `virtual_network_interfaces/${nic}/floating_ips/${ip.id}`);
  expect(await greets(address)).toBe(true);
  await ask("DELETE", `virtual_network_interfaces/${nic}/floating_ips/${ip.id}`);
  expect(await greeting(address)).toBe("");
});

test("nothing is left of machines and addresses once the stand-in has stopped", async () => {
  const instance = await startInstance(await importImage());
  const nic = attached(instance).virtual_network_interface.id;
  const ip = await ask("POST", "floating_ips", { name: "own", target: { id: nic } });
  expect(await greets(String(ip["address"]))).toBe(true);
  await cloud.stop();
  expect(await greeting(String(ip["address"]))).toBe("");
  expect(await greeting(attached(instance).primary_ip.address)).toBe("");
  expect(readdirSync(join(folder, "machines/instances"))).toEqual([]);
});
