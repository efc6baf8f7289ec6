/** What policies read from the resources that this room declares. */
import {
  entry,
  isSaid,
  label,
  Later,
  lifetime,
  list,
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

export const policyView: PolicyView = {
  types: {
    "builders:index:NovaMachine": machine,
    "builders:index:NovaSweep": nothing,
    "builders:index:GlanceGrant": nothing,
    "builders:index:GlanceImage": image,
    "builders:index:GlanceImageName": nothing,
    "builders:index:GlanceUpload": nothing,
    "builders:openstack:Machine": nothing,
  },
  base: ({ image: name }) => ({ kind: "image", name: text(name) }),
  worker: ({ flavor, cloud, floatingNetwork, diskGib, lifetimeMinutes: minutes }) => ({
    machine: { type: text(flavor), place: text(cloud), publicAddress: isSaid(floatingNetwork) },
    volumes: [{ name: "root", gib: number(diskGib) }],
    lifetime: { minutes: number(minutes) },
  }),
};

function machine(props: Props): Facts {
  return {
    machine: {
      type: text(props["flavor"]),
      place: text(entry(props["cloud"], "cloud")),
      metadata: "cloud",
      credentials: "none",
      publicAddress: isSaid(props["floatingNetwork"]),
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
  if (typeof visibility === "string" && /^\s*(public|community)\s*$/i.test(visibility)) return "all";
  const all = list(members).map((one) => label(one, "a project"));
  return all.length === 0 ? undefined : all.join(", ");
}
