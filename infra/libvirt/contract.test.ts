import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { vi } from "vitest";
import { contract } from "../testing/contract/suite";

/** libvirt is asked which domain types it has before a guest is declared: it answers without a hypervisor here. */
function prepare(): void {
  const folder = mkdtempSync(path.join(tmpdir(), "contract-"));
  const capabilities = "<guest><arch name='x86_64'><domain type='qemu'/></arch></guest>";
  writeFileSync(path.join(folder, "virsh"), `#!/bin/sh\necho "${capabilities}"\n`, { mode: 0o755 });
  vi.stubEnv("PATH", `${folder}:${process.env["PATH"] ?? ""}`);
}

contract("libvirt", {
  worker: {
    platform: "libvirt",
    uri: "qemu:///system",
    pool: "workers",
    base: { volume: "stock.qcow2" },
    network: { mode: "user" },
  },
  target: {
    platform: "libvirt",
    hosts: [
      { name: "vmhost-01", arch: "x86_64", uri: "qemu:///system", pool: "images" },
      { name: "vmhost-02", arch: "x86_64", uri: "qemu:///session", pool: "images" },
    ],
  },
  needed: "pool",
  prepare,
});
