/** What the tests of the settings start from. */
import type { CapabilityTable } from "../../infra/specs";
import { ARCHITECTURES } from "../../infra/words";
import { readSettings, SettingsError, type BuildSettings } from "./index";

export const ALL: CapabilityTable = Object.fromEntries(
  ["aws", "ibm", "libvirt", "openstack", "ssh"].map((name) => [
    name,
    { workers: ARCHITECTURES, images: ARCHITECTURES },
  ]),
);
const TWO = ["x86_64", "aarch64"] as const;
export const TODAY: CapabilityTable = {
  aws: { workers: TWO, images: TWO },
  libvirt: ALL.libvirt!,
  openstack: ALL.openstack!,
  ssh: { workers: ARCHITECTURES, images: [] },
};
export const ENV = { LIBVIRT_DEFAULT_URI: "qemu:///system", HOME: "/home/me" };

export type Json = Record<string, unknown>;

/** The smallest settings that are right, with what a test is about put in by its path; undefined takes it out. */
export function good(changes: Readonly<Record<string, unknown>> = {}): Json {
  const raw: Json = {
    source: { context: "images/x" },
    disk: { builder: { image: "quay.io/a/b:1" } },
    store: { bucket: "builders", region: "us-east-1" },
    architectures: {
      x86_64: {
        worker: { platform: "libvirt", pool: "workers", base: { volume: "base.qcow2" }, network: { mode: "user" } },
        publish: ["hypervisor"],
      },
    },
    targets: { hypervisor: { platform: "libvirt", hosts: [{ ...HOST }] } },
  };
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split(".");
    const last = steps.pop() ?? "";
    const parent = steps.reduce((at, step) => at[step] as Json, raw);
    if (value === undefined) delete parent[last];
    else parent[last] = value;
  }
  return raw;
}

export const HOST = { name: "one", arch: "x86_64", uri: "qemu+ssh://h/system", pool: "images" };
export const WORKER = "architectures.x86_64.worker";
export const AWS_TARGET = {
  platform: "aws",
  regions: [{ name: "us-east-1", subnets: ["subnet-1"] }],
  operatorCidr: "203.0.113.7/32",
  uploadRole: "arn:aws:iam::123456789012:role/upload",
};

export function mistakes(raw: Json, capabilities = ALL, env: Record<string, string> = ENV): readonly string[] {
  try {
    readSettings({ source: raw, env, capabilities });
  } catch (error) {
    if (error instanceof SettingsError) return error.mistakes;
    throw error;
  }
  return [];
}

export function build(raw: Json, env: Record<string, string> = ENV): BuildSettings {
  const settings = readSettings({ source: raw, env, capabilities: ALL });
  if (settings.mode !== "build") throw new Error("expected a building stack");
  return settings;
}
