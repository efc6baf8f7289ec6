/** What policies read from the resources that this room declares. */
import {
  entry,
  label,
  Later,
  lifetime,
  nothing,
  number,
  text,
  UNKNOWN,
  when,
  type Facts,
  type PolicyView,
  type Props,
  type Said,
} from "../policy-facts";
import type { OpenstackWorker } from "./settings";

export const policyView: PolicyView<OpenstackWorker> = {
  types: {
    "builders:index:NovaMachine": machine,
    "builders:index:NovaSweep": nothing,
    "builders:index:GlanceGrant": nothing,
    "builders:index:GlanceImage": image,
    "builders:index:GlanceImageName": nothing,
    "builders:index:GlanceUpload": nothing,
    "builders:openstack:Machine": nothing,
  },
  base: ({ image: name }) => ({ kind: "image", name }),
  worker: ({ flavor, cloud, floatingNetwork, diskGib, lifetimeMinutes: minutes }) => ({
    machine: { type: flavor, place: cloud, publicAddress: floatingNetwork !== undefined },
    volumes: [{ name: "root", gib: diskGib }],
    lifetime: { minutes },
  }),
};

function machine(props: Props): Facts {
  return {
    machine: {
      type: text(props["flavor"]),
      place: text(entry(props["cloud"], "cloud")),
      metadata: "cloud",
      credentials: "none",
      publicAddress: props["floatingNetwork"] !== undefined,
    },
    volumes: [{ name: "root", gib: number(props["diskGib"]), encryption: "host" }],
    lifetime: lifetime(props["userData"]),
  };
}

function image(props: Props): Facts {
  return {
    image: {
      name: text(props["name"]),
      says: { architecture: text(entry(props["properties"], "architecture")) },
      checksum: text(props["sha256"]),
      build: "elsewhere",
      gib: when(number(props["sizeBytes"]), (bytes) => bytes / 2 ** 30),
    },
    sharedWith: sharedWith(props),
  };
}

function sharedWith({ visibility, members }: Props): Said<string> {
  if (visibility instanceof Later || members instanceof Later) return UNKNOWN;
  if (visibility === "public" || visibility === "community") return "all";
  return Array.isArray(members) && members.length > 0
    ? members.map((one) => label(one, "a project")).join(", ")
    : undefined;
}
