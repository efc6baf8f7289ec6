/** What policies read from the resources that this room declares, as Pulumi's plugin for libvirt and our own take their inputs. */
import { label, lifetime, nothing, number, text, when, type Facts, type PolicyView, type Props } from "../policy-facts";
import type { LibvirtWorker } from "./settings";

export const policyView: PolicyView<LibvirtWorker> = {
  types: {
    "libvirt:index/domain:Domain": domain,
    "libvirt:index/cloudInitDisk:CloudInitDisk": ({ userData }) => ({ lifetime: lifetime(userData) }),
    "libvirt:index/volume:Volume": (props) => ({
      volumes: [{ name: label(props["name"], "a volume"), gib: gib(props["size"]), encryption: "host" }],
    }),
    "builders:index:LibvirtImage": (props) => ({
      image: {
        name: text(props["name"]),
        // What a domain is started with is said where it is started: a volume has no such fields.
        says: {},
        checksum: text(props["sha256"]),
        build: "elsewhere",
        gib: gib(props["dataBytes"] ?? props["sizeBytes"]),
      },
    }),
    "builders:index:LibvirtImageName": nothing,
    "builders:index:LibvirtSweep": nothing,
    "builders:libvirt:Guest": nothing,
  },
  base: ({ base: { volume } }) => ({ kind: "image", name: volume }),
  worker: ({ vcpus, memoryMib, diskGib, scratchGib, lifetimeMinutes: minutes }) => ({
    machine: { vcpus, memoryMib, publicAddress: false },
    volumes: [
      { name: "root", gib: diskGib },
      { name: "scratch", gib: scratchGib },
    ],
    lifetime: { minutes },
  }),
};

function domain(props: Props, provider: Props): Facts {
  return {
    machine: {
      place: text(provider["uri"]),
      vcpus: number(props["vcpu"]),
      memoryMib: number(props["memory"]),
      // A hypervisor of one's own serves no metadata, gives no credentials, and has the addresses that its owner gave it.
      metadata: "none",
      credentials: "none",
      publicAddress: false,
    },
    // Its timer comes with this disk, and is judged there.
    ...(props["cloudinit"] === undefined && { lifetime: { minutes: undefined } }),
  };
}

function gib(bytes: unknown) {
  return when(number(bytes), (known) => known / 2 ** 30);
}
