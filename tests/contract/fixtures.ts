/** One worker and one place of each platform, for the contract tests. A new platform adds a line. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { utils } from "ssh2";
import type { PlaceSpec, WorkerSpec } from "../../infra/specs";
import type { PlatformName } from "../../infra/specs";

export interface Fixture {
  /** Absent if the platform has no workers. */
  readonly worker?: WorkerSpec;
  /** Absent if images are not published there. */
  readonly place?: PlaceSpec;
}

const folder = mkdtempSync(path.join(tmpdir(), "contract-"));
const privateKeyFile = path.join(folder, "id_ed25519");
writeFileSync(privateKeyFile, utils.generateKeyPairSync("ed25519").private, { mode: 0o600 });

// libvirt is asked which domain types it has before a guest is declared: it answers without a hypervisor here.
const capabilities = "<guest><arch name='x86_64'><domain type='qemu'/></arch></guest>";
writeFileSync(path.join(folder, "virsh"), `#!/bin/sh\necho "${capabilities}"\n`, { mode: 0o755 });
process.env["PATH"] = `${folder}:${process.env["PATH"] ?? ""}`;

const guest = { vcpus: 1, memoryMib: 1024, network: { mode: "user" } } as const;

export const fixtures: Readonly<Record<PlatformName, Fixture>> = {
  aws: {
    worker: {
      platform: "aws",
      region: "us-east-1",
      instanceType: "c7i.xlarge",
      spot: true,
      subnets: ["subnet-1", "subnet-2"],
      ami: { owner: "125523088429", name: "Fedora-Cloud-*" },
      diskGib: 20,
      scratchGib: 160,
      operatorCidr: "203.0.113.7/32",
      tags: { FedoraGroup: "copr" },
      lifetimeMinutes: 60,
    },
    place: {
      platform: "aws",
      region: "us-east-1",
      volumeGib: 10,
      accounts: ["123456789012"],
      public: false,
      tags: { FedoraGroup: "copr" },
      uploadRole: "arn:aws:iam::123456789012:role/upload",
      boot: {
        instanceTypes: { x86_64: "c7i.large", aarch64: "c7g.large" },
        subnets: ["subnet-1"],
        operatorCidr: "203.0.113.7/32",
      },
    },
  },
  ibm: {},
  openstack: {},
  libvirt: {
    worker: {
      platform: "libvirt",
      uri: "qemu:///system",
      pool: "workers",
      base: { volume: "stock.qcow2" },
      ...guest,
      diskGib: 10,
      scratchGib: 10,
      lifetimeMinutes: 60,
    },
    place: {
      platform: "libvirt",
      host: "vmhost-01",
      arch: "x86_64",
      uri: "qemu:///system",
      pool: "images",
      boot: guest,
    },
  },
  ssh: {
    worker: {
      platform: "ssh",
      host: "127.0.0.1",
      port: 22,
      user: "root",
      hostKey: "ssh-ed25519 AAAA",
      privateKeyFile,
      lifetimeMinutes: 60,
    },
  },
};
