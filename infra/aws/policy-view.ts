/** What policies read from the resources that this room declares, as the official plugin takes their inputs. */
import { BUILD_TAG } from "../../provider/owner";
import {
  buildKey,
  entry,
  hasPublicAddress,
  isSaid,
  label,
  Later,
  list,
  maps,
  nothing,
  number,
  own,
  text,
  UNKNOWN,
  when,
  type Facts,
  type ImageFacts,
  type PolicyView,
  type Props,
} from "../policy-facts";
import { ingress } from "./policy-ingress";
import { instance } from "./policy-machines";
import { others } from "./policy-others";
import { tagsOf } from "./policy-tags";

export const policyView: PolicyView = {
  types: {
    "aws:ec2/instance:Instance": instance,
    "aws:ec2/securityGroup:SecurityGroup": (props, provider) => ({
      ingress: maps(props["ingress"]).flatMap(ingress),
      tags: tagsOf(props, provider),
    }),
    "aws:ec2/keyPair:KeyPair": (props, provider) => ({ tags: tagsOf(props, provider) }),
    "aws:ec2/ami:Ami": (props, provider) => image(props, provider, { says: says(props), gib: gib(props) }),
    "aws:ec2/amiCopy:AmiCopy": (props, provider) => image(props, provider, { says: {} }),
    "aws:ec2/amiLaunchPermission:AmiLaunchPermission": sharing,
    "builders:aws:Machine": nothing,
    "builders:index:AwsImageName": nothing,
    "builders:index:AwsImageReady": nothing,
    "builders:index:AwsSweep": nothing,
    "builders:index:EbsCredentials": nothing,
    "builders:index:EbsSnapshot": nothing,
    "builders:index:EbsUpload": nothing,
  },
  others: {
    ...others,
    "aws:ec2/amiFromInstance:AmiFromInstance": (props, provider) => image(props, provider, { says: {} }),
  },
  base: ({ ami }) => ({ kind: "image", owner: text(entry(ami, "owner")), name: text(entry(ami, "name")) }),
  worker: (spec) => ({
    machine: {
      type: text(spec["instanceType"]),
      place: text(spec["region"]),
      publicAddress: hasPublicAddress(spec),
    },
    billedAs: when(text(spec["instanceType"]), (type) => (spec["spot"] === true ? `${type} spot` : type)),
    volumes: [
      { name: "root", gib: number(spec["diskGib"]) },
      { name: "scratch", gib: number(spec["scratchGib"]) },
    ],
    ...(!isSaid(spec["securityGroups"]) && { ingress: [{ ports: "22", from: text(spec["operatorCidr"]) }] }),
    lifetime: { minutes: number(spec["lifetimeMinutes"]) },
  }),
};

function image(props: Props, provider: Props, its: Pick<ImageFacts, "says" | "gib">): Facts {
  const tags = tagsOf(props, provider);
  const tag = (key: string) => (tags instanceof Later ? tags : own(tags, key));
  const common = { name: text(props["name"]), checksum: tag("disk-sha256"), build: buildKey(tag(BUILD_TAG)) };
  return { image: { ...common, ...its }, tags };
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

/** Each volume of it is a snapshot. */
function gib(props: Props): ReturnType<typeof number> {
  const all = props["ebsBlockDevices"];
  if (all instanceof Later) return all;
  const sizes = maps(all).map((one) => number(one["volumeSize"]));
  const later = sizes.find((size) => size instanceof Later);
  return (
    later ??
    sizes.reduce<number | undefined>(
      (total, size) => (typeof size === "number" ? size + (total ?? 0) : total),
      undefined,
    )
  );
}

function sharing({ accountId, group, organizationArn, organizationalUnitArn }: Props): Facts {
  if (list(group).length > 0) return { sharedWith: when(text(group) ?? "all", (known) => known.toLowerCase()) };
  const whom = [accountId, organizationArn, organizationalUnitArn].filter(isSaid);
  if (whom.some((one) => one instanceof Later)) return { sharedWith: UNKNOWN };
  return { sharedWith: whom.map((one) => label(one, "somebody")).join(", ") || "somebody" };
}
