/** A guest from the stock image with all that a worker needs, which outlives the builds on it. */
import { Guest } from "../../../infra/libvirt/guest";

const uri = process.env["LIBVIRT_DEFAULT_URI"];
if (uri === undefined) throw new Error("LIBVIRT_DEFAULT_URI is not set; source .local/env.sh");

const guest = new Guest(
  "machine",
  {
    uri,
    arch: "x86_64",
    pool: "workers",
    base: { pool: "base", volume: "debian-12-x86_64.qcow2" },
    vcpus: 2,
    memoryMib: 3072,
    diskGib: 14,
    network: { mode: "user" },
    lifetimeMinutes: 240,
  },
  {},
);

export const { host, port, user, hostKey, privateKey } = guest.connection;
