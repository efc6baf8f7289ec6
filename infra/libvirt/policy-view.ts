/** What policies read from the resources that this room declares, as Pulumi's plugin for libvirt and our own take their inputs. */
import {
  entry,
  isSaid,
  label,
  lifetime,
  nothing,
  number,
  text,
  when,
  type Facts,
  type PolicyView,
  type Props,
} from "../policy-facts";

export const policyView: PolicyView = {
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
  base: ({ base }) => ({ kind: "image", name: text(entry(base, "volume")) }),
  worker: ({ vcpus, memoryMib, diskGib, scratchGib, lifetimeMinutes: minutes }) => ({
    machine: { vcpus: number(vcpus), memoryMib: number(memoryMib), publicAddress: false },
    volumes: [
      { name: "root", gib: number(diskGib) },
      { name: "scratch", gib: number(scratchGib) },
    ],
    lifetime: { minutes: number(minutes) },
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
    ...(!isSaid(props["cloudinit"]) && { lifetime: { minutes: undefined } }),
  };
}

function gib(bytes: unknown) {
  return when(number(bytes), (known) => known / 2 ** 30);
}
