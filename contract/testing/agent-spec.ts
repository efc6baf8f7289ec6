/** For tests: what an agent is asked to do. */
import type { AgentSpec } from "../agent-spec";

export const KEY = "0123456789abcdef".repeat(4);
/** Looks like what S3 signs; must never be seen outside of spec.json. */
export const SIGNATURE = "5ecre7".padEnd(64, "f00d");
export const presigned = (base: string, object: string): string =>
  `${base}/builders/${object}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=3600&X-Amz-Signature=${SIGNATURE}`;

export function makeSpec(change: Partial<AgentSpec> = {}, store = "http://127.0.0.1:9"): AgentSpec {
  return {
    version: 1,
    key: KEY,
    arch: "x86_64",
    source: { kind: "image", reference: `registry.example/builder@sha256:${"a".repeat(64)}` },
    registries: [],
    builder: { image: "registry.example/image-builder:latest", rootfs: "ext4", args: [] },
    uploads: [{ format: "raw.zst", object: "disks/local/x.raw.zst", url: presigned(store, "disks/local/x.raw.zst") }],
    record: { object: "builds/local/x.json", url: presigned(store, "builds/local/x.json") },
    worker: { platform: "ssh", type: "builder.example" },
    needGib: 1,
    lifetimeMinutes: 10,
    ownMachine: false,
    ...change,
  };
}
