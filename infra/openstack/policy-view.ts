/** What policies read from the resources that this room declares. */
import {
  label,
  lifetime,
  map,
  nothing,
  number,
  text,
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
};

function machine(props: Props): Facts {
  const { cloud } = map(props["cloud"]);
  return {
    machine: {
      type: text(props["flavor"]),
      place: text(cloud),
      metadata: "cloud",
      credentials: "none",
      publicAddress: props["floatingNetwork"] !== undefined,
    },
    volumes: [{ name: "root", gib: number(props["diskGib"]), encryption: "host" }],
    lifetime: lifetime(props["userData"]),
  };
}

function image(props: Props): Facts {
  const { architecture } = map(props["properties"]);
  return {
    image: {
      name: text(props["name"]),
      says: { architecture: text(architecture) },
      checksum: text(props["sha256"]),
      build: "elsewhere",
      gib: when(number(props["sizeBytes"]), (bytes) => bytes / 2 ** 30),
    },
    sharedWith: sharedWith(props),
  };
}

function sharedWith({ visibility, members }: Props): Said<string> {
  if (visibility === "public" || visibility === "community") return "all";
  return Array.isArray(members) && members.length > 0
    ? members.map((one) => label(one, "a project")).join(", ")
    : undefined;
}
