import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { decode } from "../codec";
import { fakeCall } from "../fake-store";
import { run } from "../process";
import { libvirtSweepHandler } from "./handler";

const call = fakeCall("urn:pulumi:dev::p::builders:index:LibvirtSweep::s");
const inputs = { uri: "qemu:///system", prefix: "dev.build-x86_64", pools: ["workers"] };
const path = process.env["PATH"];

let folder: string;

/** A hypervisor of files: domains are files of `domains`, volumes files of `workers`. */
const VIRSH = `#!/bin/sh
[ -e "$HYPERVISOR/broken" ] && { echo "error: Connection refused" >&2; exit 1; }
shift 3
case $1 in
  list) ls "$HYPERVISOR/domains" ;;
  destroy) echo "error: domain is not running" >&2; exit 1 ;;
  undefine) rm "$HYPERVISOR/domains/$3" ;;
  vol-list) for v in $(ls "$HYPERVISOR/$3"); do echo " $v   /pool/$v"; done ;;
  vol-delete) rm "$HYPERVISOR/$3/$4" ;;
esac
`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "builders-sweep-"));
  execFileSync("mkdir", [join(folder, "domains"), join(folder, "workers"), join(folder, "bin")]);
  writeFileSync(join(folder, "bin", "virsh"), VIRSH, { mode: 0o755 });
  process.env["HYPERVISOR"] = folder;
  process.env["PATH"] = `${join(folder, "bin")}:${path ?? ""}`;
  for (const name of ["dev.build-x86_64.ab-worker", "dev.build-x86", "prod.build-x86_64.ab-worker"]) {
    writeFileSync(join(folder, "domains", name), "");
    writeFileSync(join(folder, "workers", `${name}-root`), "");
  }
});
afterEach(() => {
  process.env["PATH"] = path;
  rmSync(folder, { recursive: true });
});

const left = () => ({ domains: readdirSync(join(folder, "domains")), volumes: readdirSync(join(folder, "workers")) });
const OTHERS = {
  domains: ["dev.build-x86", "prod.build-x86_64.ab-worker"],
  volumes: ["dev.build-x86-root", "prod.build-x86_64.ab-worker-root"],
};

test("removes what bears the prefix when it is created, and nothing else", async () => {
  await libvirtSweepHandler({ run }).create(decode(inputs), call);
  expect(left()).toEqual(OTHERS);
});

test("and again when it is deleted", async () => {
  const handler = libvirtSweepHandler({ run });
  await handler.delete("dev.build-x86_64", decode(inputs), call);
  expect(left()).toEqual(OTHERS);
});

test("a hypervisor that does not answer is an error that says where to look, never an empty list", async () => {
  writeFileSync(join(folder, "broken"), "");
  const deleted = libvirtSweepHandler({ run }).delete("dev.build-x86_64", decode(inputs), call);
  await expect(deleted).rejects.toThrow(
    /qemu:\/\/\/system: can't remove .*dev\.build-x86_64\*: error: Connection refused/,
  );
  expect(left().domains).toHaveLength(3);
});

test("a prefix that could match what is not ours is refused", () => {
  const { check } = libvirtSweepHandler({ run });
  expect(check(decode({ ...inputs, prefix: "dev" })).map(({ property }) => property)).toEqual(["prefix"]);
  expect(check(decode({ uri: "qemu+ssh:///system", prefix: inputs.prefix, pools: [] }))).toHaveLength(2);
});
