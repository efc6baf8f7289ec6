/** What policies read from the resources that this room declares. */
import {
  buildKey,
  hasPublicAddress,
  isSaid,
  lifetime,
  nothing,
  number,
  text,
  texts,
  type Facts,
  type PolicyView,
  type Props,
  type VolumeFacts,
} from "../policy-facts";

export const policyView: PolicyView = {
  types: {
    "builders:index:IbmMachine": machine,
    "builders:index:IbmImage": image,
    "builders:index:IbmDiskGrant": nothing,
    "builders:index:IbmDiskObject": nothing,
    "builders:index:IbmDiskUpload": nothing,
    "builders:ibm:Machine": nothing,
  },
  base: ({ image, operatingSystem }) => ({
    ...{ kind: "image", owner: "ibm" },
    name: text(image) ?? text(operatingSystem) ?? "*",
  }),
  worker: (spec) => ({
    machine: { type: text(spec["profile"]), place: text(spec["region"]), publicAddress: hasPublicAddress(spec) },
    volumes: [{ name: "scratch", gib: number(spec["scratchGib"]) }],
    ingress: [{ ports: "22", from: text(spec["operatorCidr"]) }],
    lifetime: { minutes: number(spec["lifetimeMinutes"]) },
  }),
};

function machine(props: Props): Facts {
  return {
    machine: {
      type: text(props["profile"]),
      place: text(props["region"]),
      // `metadata_service: {enabled: false}` is in the request, whatever the settings say.
      metadata: "none",
      credentials: "none",
      publicAddress: hasPublicAddress(props),
    },
    volumes: [volume("root"), ...(isSaid(props["scratchGib"]) ? [volume("scratch", props["scratchGib"])] : [])],
    ingress: [{ ports: "22", from: text(props["operatorCidr"]) }],
    lifetime: lifetime(props["userData"]),
    tags: texts(props["tags"]),
  };
}

/** Source: IBM Cloud docs, "About block storage": every volume is encrypted, with IBM's key where no other is named. */
function volume(name: string, gib?: unknown): VolumeFacts {
  return { name, encryption: "yes", gib: number(gib) };
}

function image(props: Props): Facts {
  return {
    image: {
      name: text(props["name"]),
      says: { operatingSystem: text(props["operatingSystem"]) },
      // Of the object that the disk was packed into: what VPC itself can say.
      checksum: text(props["fileSha256"]),
      build: buildKey(text(props["key"])),
    },
    tags: texts(props["tags"]),
  };
}
