/** What shared code relies on where machines are reached through a jump host. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import type { Images, Workers } from "../../any-platform";
import type { JumpHost } from "../../jump-host";
import type { SshConnection } from "../../machine";
import type { AnyParts } from "../../platform";
import { UnsupportedError } from "../../words";
import type { ContractFixture } from "./fixture";
import { declare, ofName, PUBLIC_ADDRESS, value } from "./mocks";
import { readAsPolicies } from "./policies";
import { named, put, STRANGER, type Settings } from "./settings";

/** One whose key is in a file. */
type JumpHostWithFile = JumpHost & { readonly privateKeyFile: string };

export interface BehindJumpHost {
  readonly name: string;
  readonly workers: Workers;
  readonly images?: Images | undefined;
  readonly parts: () => Promise<AnyParts>;
  readonly fixture: ContractFixture;
}

export function jumpHosts({ name, workers, images, parts, fixture }: BehindJumpHost): void {
  const { jumpHost } = fixture;
  if (jumpHost === undefined) {
    it("takes no jump host, and says so", () => {
      const { error } = workers.schema({}).safeParse({ ...fixture.worker, jumpHost: {} });
      expect(error?.issues.map(({ message }) => message).join()).toContain("jumpHost");
      expect(() => workers.jumpHost(STRANGER)).toThrow(`platform "${name}" has no worker`);
    });
    return;
  }
  const { jump, folder } = makeJumpHost();

  it("reaches a worker through its jump host: by its private address, with the jump host's key secret", async () => {
    const read = (settings: Settings) => named(name, workers.schema({}).parse(settings));
    const worker = read({ ...fixture.worker, jumpHost: jump });
    expect(workers.jumpHost(worker)).toEqual({ ...jump, port: 22 });
    expect(workers.jumpHost(read(fixture.worker))).toBeUndefined();
    const there = named(name, workers.at(worker, folder));
    expect(workers.jumpHost(there)?.privateKeyFile).toBe(path.join(folder, jump.privateKeyFile));
    const [arch = "x86_64"] = workers.architectures;
    const does = await parts();
    const first = { number: 1, of: 1 };
    const machine = declare(`${name}-behind`, (opts) => does.worker(`${name}-behind`, arch, there, opts, first));
    await isBehind(machine.connection, jump, folder);
    hasNoPublicAddress(name, `${name}-behind`);
    expect(JSON.stringify(ofName(`${name}-behind`))).not.toContain(keyText(folder, jump));
  });

  it("says by path what is wrong with one, and takes none without a host key", () => {
    const { error } = workers.schema({}).safeParse({ ...fixture.worker, jumpHost: { host: "bastion", hostKey: "x" } });
    const found = (error?.issues ?? []).map(({ path: at, message }) => `${at.join(".")}: ${message}`);
    expect(found).toEqual([
      expect.stringMatching(/^jumpHost\.user: missing; name the user as sshd knows it$/),
      expect.stringMatching(/^jumpHost\.hostKey: is not an OpenSSH public key; .*ssh-keyscan/),
      expect.stringMatching(/^jumpHost\.privateKeyFile: missing; /),
    ]);
  });

  if (images === undefined) return;
  it("reaches the machines of its boot checks so, which is no part of what they are evidence of", async () => {
    const placesOf = (settings: Settings) =>
      images.places(named(name, images.target({}).parse(settings))).map((place) => named(name, place));
    const target = fixture.target ?? {};
    const [place = STRANGER] = placesOf(put(target, [...jumpHost, "jumpHost"], jump));
    const [plain = STRANGER] = placesOf(target);
    expect(images.jumpHost(place)).toEqual({
      path: expect.stringMatching(/jumpHost$/) as string,
      jumpHost: { ...jump, port: 22 },
    });
    expect(images.jumpHost(plain)).toBeUndefined();
    const arch = images.arch(place) ?? images.architectures[0] ?? "x86_64";
    expect(images.bootedIn(place, arch)).toEqual(images.bootedIn(plain, arch));
    expect(images.address(place)).toBe(images.address(plain));
    const there = named(name, images.at(place, folder));
    expect(images.place.parse(there)).toEqual(there);
    const does = await parts();
    const spec = { arch, imageId: "the-image", place: there, lifetimeMinutes: 5 };
    const booted = declare(`${name}-checked`, (opts) => does.boot(`${name}-checked`, spec, opts));
    await isBehind(booted.connection, jump, folder);
    hasNoPublicAddress(name, `${name}-checked`);
    expect(() => images.jumpHost(STRANGER)).toThrow(UnsupportedError);
    expect(() => images.at(STRANGER, "/")).toThrow(UnsupportedError);
  });
}

async function isBehind({ host, proxy }: SshConnection, jump: JumpHostWithFile, folder: string): Promise<void> {
  expect(await value(host)).not.toBe(PUBLIC_ADDRESS);
  if (proxy === undefined) throw new Error("nothing says through what it is reached");
  const { privateKey, ...open } = proxy;
  expect(open).toEqual({ host: jump.host, port: 22, user: jump.user, hostKey: jump.hostKey });
  expect(await value(privateKey)).toBe(readFileSync(path.join(folder, jump.privateKeyFile), "utf8"));
  expect(await pulumi.isSecret(pulumi.output(privateKey))).toBe(true);
}

function hasNoPublicAddress(name: string, start: string): void {
  const machines = readAsPolicies(name, start).flatMap(({ machine }) => machine ?? []);
  for (const { publicAddress } of machines) expect(publicAddress).toBe(false);
}

/** A line of the key that is in no other. */
function keyText(folder: string, { privateKeyFile }: JumpHostWithFile): string {
  return readFileSync(path.join(folder, privateKeyFile), "utf8").split("\n")[3] ?? "";
}

function makeJumpHost() {
  const folder = mkdtempSync(path.join(tmpdir(), "jump-host-"));
  const privateKeyFile = "keys";
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path.join(folder, privateKeyFile)]);
  const hostKey = readFileSync(path.join(folder, `${privateKeyFile}.pub`), "utf8").trim();
  // Without a port: most have the usual one.
  return { folder, jump: { host: "bastion.example.org", user: "core", hostKey, privateKeyFile } as JumpHostWithFile };
}
