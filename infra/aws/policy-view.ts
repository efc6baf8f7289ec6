/** What policies read from the resources that this room declares, as the official plugin takes their inputs. */
import { BUILD_TAG } from "../../provider/owner";
import {
  flag,
  label,
  Later,
  lifetime,
  map,
  maps,
  nothing,
  number,
  text,
  texts,
  when,
  type Facts,
  type ImageFacts,
  type IngressFacts,
  type MachineFacts,
  type PolicyView,
  type Props,
  type VolumeFacts,
} from "../policy-facts";
import type { AwsWorker } from "./settings";

export const policyView: PolicyView<AwsWorker> = {
  types: {
    "aws:ec2/instance:Instance": instance,
    "aws:ec2/securityGroup:SecurityGroup": (props) => ({ ingress: ingress(props), tags: texts(props["tags"]) }),
    "aws:ec2/keyPair:KeyPair": ({ tags }) => ({ tags: texts(tags) }),
    "aws:ec2/ami:Ami": (props) => image(props, { says: says(props), gib: gib(props) }),
    "aws:ec2/amiCopy:AmiCopy": (props) => image(props, { says: {} }),
    "aws:ec2/amiLaunchPermission:AmiLaunchPermission": sharing,
    "builders:aws:Machine": nothing,
    "builders:index:AwsImageName": nothing,
    "builders:index:AwsImageReady": nothing,
    "builders:index:AwsSweep": nothing,
    "builders:index:EbsCredentials": nothing,
    "builders:index:EbsSnapshot": nothing,
    "builders:index:EbsUpload": nothing,
  },
  base: ({ ami: { owner, name } }) => ({ kind: "image", owner, name }),
};

function instance(props: Props, provider: Props): Facts {
  return {
    machine: {
      type: text(props["instanceType"]),
      place: text(props["region"]) ?? text(provider["region"]),
      ...metadataOf(props["metadataOptions"]),
      // What a launch template gives a machine can't be read here.
      credentials:
        text(props["iamInstanceProfile"]) ?? (props["launchTemplate"] === undefined ? "none" : "a launch template"),
      // Left out, the subnet decides: nobody who reads the program can tell.
      publicAddress: flag(props["associatePublicIpAddress"]) ?? true,
      endsByPowerOff: when(text(props["instanceInitiatedShutdownBehavior"]) ?? "stop", (how) => how === "terminate"),
    },
    volumes: [
      volume("root", map(props["rootBlockDevice"])),
      ...maps(props["ebsBlockDevices"]).map((one) => volume(label(one["deviceName"], "a volume"), one)),
    ],
    lifetime: lifetime(props["userData"]),
    tags: texts(props["tags"]),
  };
}

/**
 * Source: EC2 user guide, "Configure the instance metadata options": without `required`, requests without a token are answered;
 * left out, the hops are as the account says, else two for an image that asks for version 2.
 */
function metadataOf(options: unknown): Pick<MachineFacts, "metadata" | "metadataHops"> {
  if (options instanceof Later) return { metadata: options, metadataHops: options };
  const { httpEndpoint, httpTokens, httpPutResponseHopLimit } = map(options);
  if (httpEndpoint === "disabled") return { metadata: "none" };
  return {
    metadata: when(text(httpTokens) ?? "optional", (tokens) => (tokens === "required" ? "token" : "open")),
    metadataHops: number(httpPutResponseHopLimit) ?? 2,
  };
}

function volume(name: string, props: Props): VolumeFacts {
  const encryption = when(flag(props["encrypted"]) ?? false, (is) => (is ? "yes" : "no"));
  return { name, encryption, gib: number(props["volumeSize"]) };
}

function ingress(props: Props): readonly IngressFacts[] {
  return maps(props["ingress"]).flatMap((rule) => {
    const { cidrBlocks, ipv6CidrBlocks, protocol } = rule;
    const [from, to] = [label(rule["fromPort"], "0"), label(rule["toPort"], "0")];
    const ports = protocol === "-1" ? "all" : from === to ? (from ?? "") : `${from}-${to}`;
    const ranges = [cidrBlocks, ipv6CidrBlocks].flatMap((list) => (Array.isArray(list) ? list.map(text) : []));
    return ranges.map((range) => ({ ports, from: range }));
  });
}

function image(props: Props, own: Pick<ImageFacts, "says" | "gib">): Facts {
  const tags = texts(props["tags"]);
  const tag = (key: string) => (tags instanceof Later ? tags : tags[key]);
  const common = { name: text(props["name"]), checksum: tag("disk-sha256"), build: tag(BUILD_TAG) };
  return { image: { ...common, ...own }, tags };
}

function says(props: Props) {
  return {
    architecture: text(props["architecture"]),
    bootMode: text(props["bootMode"]),
    imdsSupport: text(props["imdsSupport"]),
    virtualizationType: text(props["virtualizationType"]),
    rootDeviceName: text(props["rootDeviceName"]),
  };
}

function gib(props: Props): ReturnType<typeof number> {
  const [root] = maps(props["ebsBlockDevices"]);
  return number(root?.["volumeSize"]);
}

function sharing({ accountId, group, organizationArn, organizationalUnitArn }: Props): Facts {
  return { sharedWith: text(group) ?? text(accountId) ?? text(organizationArn) ?? text(organizationalUnitArn) };
}
